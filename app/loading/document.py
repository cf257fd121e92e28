"""Reading a YAML file strictly: every value with its line, no duplicate keys, no aliases, nothing that bites.

Every scalar stays the text that was written (`on`, `2015-06`, `12:30`, `NO` and `1e400` too), but for `null`, `~` and an
empty value; the classes that check the file turn text into days, numbers and truth values where they belong.
"""

from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE = 5_000_000
DEEPEST = 20
LARGEST_KEY = 100
Path_ = tuple[str | int, ...]


class Mistake(Exception):
    """One thing that is wrong in a file: where, and what would be right."""

    def __init__(self, message: str, path: Path_ = (), code: str = "not_readable", line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.path, self.code, self.line = message, path, code, line

    def place(self, name: str) -> str:
        """Where it is, as `file.yaml:12: groups[0].code`."""
        return f"{name}:{self.line or 1}: {written(self.path)}"


class Mistakes(Exception):
    """Everything that is wrong in a file."""

    def __init__(self, found: list[Mistake]) -> None:
        super().__init__("; ".join(str(m) for m in found))
        self.found = found

    def told(self, name: str, document: "Document | None") -> list[str]:
        """One line for each mistake: the place, the code, and what would be right."""
        return [f"{document.place(m) if document else m.place(name)}: {m.code}: {m.message}" for m in self.found]


def written(path: Path_) -> str:
    """A path as people write it: `groups[0].chairmanships[3].starts_on`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class Document:
    """A file's values as dicts, lists and texts, and the line of each."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines: dict[Path_, int] = {}
        try:
            self.content = self._read(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "it holds characters that YAML does not take"
            raise Mistakes([Mistake(f"this is not YAML: {problem}", line=mark.line + 1 if mark else None)]) from None
        except Mistake as mistake:
            raise Mistakes([mistake]) from None

    @classmethod
    def of(cls, path: Path) -> "Document":
        """Read a file of at most 5 MB of UTF-8."""
        try:
            with path.open("rb") as file:
                raw = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise Mistakes([Mistake(f"the file cannot be read: {error.strerror}")]) from None
        if len(raw) > LARGEST_FILE:
            raise Mistakes([Mistake(f"the file is larger than {LARGEST_FILE // 1_000_000} MB: load one group at a time")])
        try:
            return cls(path.name, raw.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise Mistakes([Mistake(f"byte {error.start} is not UTF-8: save the file as UTF-8")]) from None

    def place(self, mistake: Mistake) -> str:
        """Where a mistake is; of what is missing, the line of the nearest value above it."""
        path = mistake.path
        while mistake.line is None and path:
            mistake.line = self.lines.get(path)
            path = path[:-1]
        return mistake.place(self.name)

    def _read(self, text: str) -> Any:
        """Build the value from the parser's events, with a stack of our own, so that depth costs no stack of Python's."""
        loader = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
        stack: list[tuple[Any, Path_]] = []
        keys: list[str | None] = []
        root: list[Any] = []
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.DocumentStartEvent) and root:
                raise Mistake("the file holds a second document: put everything into one", line=_line(event))
            if isinstance(event, yaml.NodeEvent):
                self._refuse_tricks(event, len(stack))
                holder, path = stack[-1] if stack else (root, ())
                if isinstance(holder, dict) and keys[-1] is None:
                    keys[-1] = self._key(event, holder, path)
                    continue
                here = path if holder is root else (*path, keys[-1] if isinstance(holder, dict) else len(holder))
                self.lines[here] = _line(event)  # type: ignore[index]
                value = self._value(event)
                if isinstance(holder, dict):
                    holder[keys[-1]], keys[-1] = value, None
                else:
                    holder.append(value)
                if not isinstance(event, yaml.ScalarEvent):
                    stack.append((value, here))  # type: ignore[arg-type]
                    keys.append(None)
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                keys.pop()
        return root[0] if root else None

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return {}
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        return None if not event.style and event.value in ("", "~", "null") else event.value

    def _refuse_tricks(self, event: Any, depth: int) -> None:
        line = _line(event)
        if event.anchor is not None:
            raise Mistake("anchors and aliases (&, *) are not taken: write the value out", line=line)
        if event.tag is not None:
            raise Mistake(f"tags ({event.tag[:40]}) are not taken: write the plain value", line=line)
        if depth >= DEEPEST:
            raise Mistake(f"more than {DEEPEST} levels deep", line=line)

    def _key(self, event: Any, holder: dict[str, Any], path: Path_) -> str:
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent) or len(event.value) > LARGEST_KEY:
            raise Mistake("a key is one short word", path, line=line)
        key: str = event.value
        if key in holder:
            raise Mistake(f"'{key}' is written twice here (first in line {self.lines[(*path, key)]})", (*path, key), "duplicate_key", line)
        return key
