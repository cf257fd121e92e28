"""The landing page and the API reference: small, self-contained, complete, and safe."""

import gzip
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from fastapi import FastAPI

from app.core import openapi
from app.core.errors import every_problem
from app.core.pages import HOME, static_files
from app.core.reference import Reference
from tests.client import Client
from tests.make import Make, refused

PAGES = ("/", "/api")
KB = 1_000


class Page(HTMLParser):
    """What a browser would see of a page, as far as these tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[str]:
        """The values of an attribute, wherever it stands."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def files(self) -> list[str]:
        """What the browser fetches besides the page."""
        links = [a["href"] for tag, a in self.tags if tag == "link" and not a["href"].startswith("data:")]
        return links + [a["src"] for _, a in self.tags if "src" in a]


def visit(service: Client, path: str) -> Page:
    answer = service.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_self_contained_and_keeps_the_content_policy(service: Client, path: str) -> None:
    page = visit(service, path)
    assert all(a.get("src") for tag, a in page.tags if tag == "script")
    assert not [tag for tag, a in page.tags if tag == "style" or "style" in a or any(name.startswith("on") for name in a)]
    assert all(re.match(r"/|#|data:image/svg", address) for address in page.all("href") + page.all("src"))
    assert "default-src 'none'" in service.get(path).headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_landmarks_a_skip_link_and_headings_in_order(service: Client, path: str) -> None:
    page = visit(service, path)
    tags = Counter(tag for tag, _ in page.tags)
    assert tags["main"] == tags["h1"] == tags["header"] == 1
    assert dict(page.tags)["html"]["lang"] == "en"
    first = next(a for tag, a in page.tags if tag == "a")
    assert first["href"] == "#main"
    levels = [int(tag[1]) for tag, _ in page.tags[[t for t, _ in page.tags].index("main") :] if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", PAGES)
def test_every_link_within_a_page_leads_to_one_place(service: Client, path: str) -> None:
    page = visit(service, path)
    ids = Counter(page.all("id"))
    assert [i for i, n in ids.items() if n > 1] == []
    assert {h[1:] for h in page.all("href") if h.startswith("#")} <= set(ids)
    for attribute in page.all("aria-labelledby"):
        assert attribute in ids


@pytest.mark.parametrize("path", PAGES)
def test_every_link_to_elsewhere_is_answered(make: Make, path: str) -> None:
    make.a_group("gmg", public=True)
    for address in {h.split("#")[0] for h in visit(make.service, path).all("href") if h.startswith("/")}:
        assert make.service.get(address).status_code == 200, address


def test_a_first_visit_keeps_the_budget(service: Client) -> None:
    landing = service.get("/")
    files = Page(landing.text).files
    sizes = [int(service.get(path).headers["content-length"]) for path in ["/", *files]]
    assert len(sizes) <= 4
    assert sum(sizes) <= 40 * KB


def test_the_stylesheet_and_the_script_keep_their_budgets() -> None:
    sizes = Counter[str]()
    for path in (HOME / "static").iterdir():
        sizes[path.suffix] += len(gzip.compress(path.read_bytes()))
    assert set(sizes) == {".css", ".js"}
    assert sizes[".css"] <= 12 * KB
    assert sizes[".js"] <= 6 * KB


def test_static_files_are_kept_for_ever_and_pages_are_asked_for_again(service: Client) -> None:
    for path in [f"/static/{name}" for name in static_files()]:
        answer = service.get(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
    for path in PAGES:
        answer = service.get(path)
        assert answer.headers["cache-control"] == "no-cache"
        assert service.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["style.css", "style.0000000000000000.css", "..%2fmain.py", "copy.js.map"])
def test_no_other_file_is_served(service: Client, name: str) -> None:
    refused(service.get(f"/static/{name}"), 404, "not_found")


def test_a_page_answers_head(service: Client) -> None:
    for path in (*PAGES, "/openapi.json"):
        assert service.request("HEAD", path).status_code == 200


def test_the_landing_page_shows_public_groups_and_no_others(make: Make) -> None:
    assert "No group of this installation is open to the public" in visit(make.service, "/").text
    make.a_group("open", name="<script>alert(1)</script>", public=True)
    make.a_group("closed", name="Closed circle")
    answer = make.service.get("/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "Closed circle" not in make.administrator.get("/").text
    assert "/api/v1/groups/open/troika" in answer.text


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("troika.example:8443", "http://troika.example:8443/api"),
        ("[::1]:8000", "http://[::1]:8000/api"),
        ('a"><b>', "http://127.0.0.1:8000/api"),
    ],
)
def test_commands_name_the_address_by_which_the_reader_came(service: Client, host: str, shown: str) -> None:
    for path in PAGES:
        answer = service.get(path, headers={"host": host})
        assert shown in answer.text
        assert "troika.invalid" not in answer.text
        assert '"><b>' not in answer.text


def test_the_reference_shows_every_operation_with_its_permission_and_problems(service: Client, app: FastAPI) -> None:
    text = service.get("/api").text
    for operation in Reference(openapi.build(app)).operations:
        start = text.index(f'<article id="{operation.id}"')
        section = text[start : text.index("</article>", start)]
        assert operation.method in section
        assert f"<code>{operation.path}</code>" in section
        assert f"<code>{operation.permission}</code>" in section
        assert ("needs a token" in section) is not operation.public
        for field in [*operation.parameters, *operation.fields]:
            assert f"<code>{field.name}</code>" in section
        for answer in operation.answers:
            for code in (*answer.own, *answer.common):
                assert f'href="#{code}"' in section
        assert f'href="#{operation.id}"><span class="verb' in text  # in the list at the side


def test_the_reference_tells_of_every_problem_of_an_operation(app: FastAPI) -> None:
    spec = openapi.build(app)
    for operation in Reference(spec).operations:
        responses = spec["paths"][operation.path][operation.method.lower()]["responses"]
        described = {code for r in responses.values() for code in re.findall(r"`(\w+)`:", r["description"])}
        shown = {code for a in operation.answers for code in (*a.own, *a.common)}
        assert described == shown
        assert shown <= set(every_problem())


def test_the_type_of_a_problem_is_the_address_of_its_row(service: Client) -> None:
    ids = set(visit(service, "/api").all("id"))
    assert set(every_problem()) <= ids
    path, _, anchor = refused(service.get("/nowhere"), 404, "not_found")["type"].partition("#")
    assert path == "/api"
    assert anchor in ids
