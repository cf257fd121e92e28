"""The configuration page names every setting with its default and description."""

from pathlib import Path

from app.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


def test_every_setting_stands_on_the_page_as_it_is() -> None:
    rows = [f"| `TROIKA_{n.upper()}` | `{f.default}` | {f.description} |" for n, f in Settings.model_fields.items()]
    assert [row for row in rows if row not in PAGE] == []
    assert PAGE.count("| `TROIKA_") == len(rows)
