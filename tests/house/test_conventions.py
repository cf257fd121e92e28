"""The house rules, read from the source itself. A rule without a check is a wish; a check that cannot fail is another.

Each rule is a function from a module's name and tree to what it finds; `PLANTED` holds for each a module that breaks it.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlmodel import SQLModel

from app.core import openapi
from app.core.openapi import every_route
from app.core.wire import Page
from app.main import create_app
from app.policy import Permission
from app.settings import Settings

ROOT = Path(__file__).parents[2]
APP = {p.relative_to(ROOT / "app").as_posix(): p for p in sorted((ROOT / "app").rglob("*.py"))}
TESTS = {p.relative_to(ROOT / "tests").as_posix(): p for p in sorted((ROOT / "tests").rglob("test_*.py"))}
BANNED = {"utils", "util", "helpers", "common", "misc", "base", "manager", "service", "services", "crud"}
"""As names of modules; the folder `service/` is about the service itself."""
MOST_LINES = 400
OPERATIONS = {p.name.lower() for p in Permission if not p.name.startswith("READ_")}
"""What can be done. An action is a public function of this very name, in a file of actions."""

AT_THE_MACHINE = {"cli.py", "loading/load.py"}
"""What runs without a request takes the instant of its start from `dates.now`."""

Rule = Callable[[str, ast.Module], Iterator[ast.AST]]


def called(tree: ast.Module, *names: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node


def only_the_unit_of_work_commits(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    return called(tree, "commit") if path != "core/work.py" else iter(())


def http_exceptions_stay_in_core(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    if not path.startswith("core/"):
        yield from (
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Name | ast.alias) and (getattr(n, "id", None) or getattr(n, "name", "")) == "HTTPException"
        )


def actions_in(path: str, tree: ast.Module) -> list[ast.FunctionDef]:
    if not path.endswith("actions.py"):
        return []
    return [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in OPERATIONS]


def every_action_first_requires_its_own_permission(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    """Before `work.require(Permission.…)` an action may only name things that the permission is asked for: plain assignments."""
    for action in actions_in(path, tree):
        body = action.body[1:] if ast.get_docstring(action) else action.body
        while body and isinstance(body[0], ast.Assign) and not isinstance(body[0].targets[0], ast.Attribute | ast.Subscript):
            body = body[1:]
        wanted = f"work.require(Permission.{action.name.upper()}, "
        if action.args.args[0].arg != "work" or not body or not ast.unparse(body[0]).startswith(wanted):
            yield action


def nothing_else_in_a_file_of_actions_changes_rows(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    """What is no action finds and judges; a public function there that adds or amends would be an action without a permission."""
    if path.endswith("actions.py"):
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.name not in OPERATIONS and not function.name.startswith("_"):
                yield from called(ast.Module([function], []), "add", "amend")


def only_core_reads_the_clock(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    """`work.now`, `read.now` and `work.today(group)` are given; `datetime.now()`, `date.today()` and `dates.now` are read."""
    if path.startswith(("core/", "tests/")) or path in AT_THE_MACHINE:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "app.core.dates" and "now" in [a.name for a in node.names]:
            yield node
        if isinstance(node, ast.Call) and re.fullmatch(
            r"(datetime\.)?(datetime|date|time|dates)\.(now|today|utcnow|time|time_ns|monotonic)", ast.unparse(node.func)
        ):
            yield node


def files_stay_small(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    last = max((getattr(n, "end_lineno", 0) or 0 for n in ast.walk(tree)), default=0)
    if last > MOST_LINES:
        yield tree


def modules_have_telling_names(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    if Path(path).stem in BANNED:
        yield tree


def rules_know_no_session_and_no_web(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    if path.endswith("/rules.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                if any(n.split(".")[0] in {"sqlalchemy", "fastapi", "starlette"} or n in {"app.core.work", "app.core.http"} for n in names):
                    yield node


def names_of_tests_are_sentences(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    if Path(path).name.startswith("test_"):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name.removeprefix("test_").split("_")) < 4:
                yield node


def no_test_sleeps_or_is_expected_to_fail(path: str, tree: ast.Module) -> Iterator[ast.AST]:
    if Path(path).name.startswith("test_"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"time.sleep", "pytest.mark.xfail"}:
                yield node


def where(files: dict[str, Path], rule: Rule) -> list[str]:
    return [f"{path}:{getattr(node, 'lineno', 1)}" for path, file in files.items() for node in rule(path, ast.parse(file.read_text()))]


PLANTED: dict[Rule, tuple[str, str]] = {
    only_the_unit_of_work_commits: ("groups/actions.py", "def f(session):\n    session.commit()"),
    http_exceptions_stay_in_core: ("groups/api.py", "from fastapi import HTTPException\ndef f():\n    raise HTTPException(404)"),
    every_action_first_requires_its_own_permission: (
        "groups/actions.py",
        "def amend_group(work, group):\n    'D.'\n    group.name = 'x'\n    work.require(Permission.AMEND_GROUP, Subject())",
    ),
    nothing_else_in_a_file_of_actions_changes_rows: ("groups/actions.py", "def rename(work, group):\n    work.amend(group, name='x')"),
    only_core_reads_the_clock: ("chairs/rules.py", "from datetime import date\ndef f():\n    return date.today()"),
    files_stay_small: ("groups/rules.py", "\n" * MOST_LINES + "x = 1"),
    modules_have_telling_names: ("groups/utils.py", "x = 1"),
    rules_know_no_session_and_no_web: ("groups/rules.py", "from app.core.work import Work"),
    names_of_tests_are_sentences: ("groups/test_groups.py", "def test_amend_group():\n    pass"),
    no_test_sleeps_or_is_expected_to_fail: ("groups/test_groups.py", "import time\ndef test_that_one_can_wait():\n    time.sleep(1)"),
}


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule: Rule) -> None:
    assert where(APP | {f"tests/{p}": f for p, f in TESTS.items()}, rule) == []


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_a_planted_violation_is_found(rule: Rule) -> None:
    path, source = PLANTED[rule]
    assert list(rule(path, ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "def amend_group(work, group):\n    work.require(Permission.AMEND_AGENCY, Subject())",
        "def amend_group(work, group):\n    pass",
        "def amend_group(session, work):\n    work.require(Permission.AMEND_GROUP, Subject())",
        "def amend_group(work, group):\n    check(group)\n    work.require(Permission.AMEND_GROUP, Subject())",
    ],
)
def test_an_action_that_requires_another_or_later_or_nothing_is_found(source: str) -> None:
    assert list(every_action_first_requires_its_own_permission("groups/actions.py", ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["from app.core.dates import now", "import time\ntime.time()", "import datetime\ndatetime.datetime.now()"]
)
def test_every_way_to_read_the_clock_is_found(source: str) -> None:
    assert list(only_core_reads_the_clock("groups/actions.py", ast.parse(source)))
    assert not list(
        only_core_reads_the_clock("groups/actions.py", ast.parse("def f(work, group):\n    return work.now, work.today(group)"))
    )


def test_every_operation_has_its_action() -> None:
    found = [a.name for path, file in APP.items() for a in actions_in(path, ast.parse(file.read_text()))]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.fixture(scope="module")
def whole() -> FastAPI:
    return create_app(Settings(database_url="sqlite:///:memory:"))


def wire_classes() -> list[type[BaseModel]]:
    def below(cls: type[BaseModel]) -> Iterator[type[BaseModel]]:
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    return [c for c in below(BaseModel) if c.__module__.startswith("app.") and not issubclass(c, SQLModel) and not issubclass(c, Settings)]


def takes_anything(cls: type[BaseModel]) -> bool:
    return cls.model_config.get("extra") != "forbid"


def defaults(cls: type[BaseModel]) -> set[str]:
    """Fields of an `…Out` or a page that could go missing in silence. `Page.total` is there only when asked for."""
    names = (
        {n for n, f in cls.model_fields.items() if not f.is_required()} if cls.__name__.endswith("Out") or issubclass(cls, Page) else set()
    )
    return names - ({"total"} if issubclass(cls, Page) else set())


def test_what_comes_and_goes_is_said_field_by_field(whole: FastAPI) -> None:
    classes = wire_classes()
    assert len(classes) > 40
    assert [c.__name__ for c in classes if takes_anything(c)] == []
    assert {c.__name__: d for c in classes if (d := defaults(c)) and c.__name__ != "ProblemOut"} == {}


def test_planted_wire_classes_are_found() -> None:
    class Open(BaseModel):
        x: int

    class HalfOut(BaseModel):
        x: int = 1

    assert takes_anything(Open)
    assert defaults(HalfOut) == {"x"}


def tables_in(endpoint: Any) -> list[str]:
    """Table models in a door's signature: they would validate nothing and take any column."""
    hints = getattr(endpoint, "__wrapped__", endpoint).__annotations__
    return [n for n, h in hints.items() if isinstance(h, type) and issubclass(h, SQLModel)]


def test_no_table_is_in_the_signature_of_a_route(whole: FastAPI) -> None:
    assert [r.name for r in every_route(whole) if tables_in(r.endpoint)] == []

    def planted(body: SQLModel) -> None: ...

    assert tables_in(planted) == ["body"]


def incomplete(spec: dict[str, Any]) -> list[str]:
    """Operations without a permission, a sentence for a summary, or their problems."""
    found = []
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            refusals = {s for s in operation["responses"] if s >= "400"}
            wanted = {"400", "401", "404", "422", "500", "503"} if path.startswith("/api/") else {"400"}
            wanted |= {"403", "413", "415"} if method in ("post", "patch") else set()
            wanted |= {"412", "428"} if method == "patch" else set()
            good = {s for s in operation["responses"] if s < "300"}
            if (
                operation.get("x-permission") not in list(Permission)
                or not re.fullmatch(r"[A-Z].{8,150}\.", operation.get("summary", ""))
                or not wanted <= refusals
                or not good
            ):
                found.append(f"{method} {path}")
    return found


def test_every_operation_says_what_it_needs_does_and_refuses(whole: FastAPI) -> None:
    spec = openapi.build(whole)
    assert incomplete(spec) == []
    ids = [o["operationId"] for item in spec["paths"].values() for o in item.values()]
    assert len(ids) == len(set(ids)) > 80
    planted = {"paths": {"/api/v1/x": {"get": {"summary": "X", "responses": {"200": {}}}}}}
    assert incomplete(planted) == ["get /api/v1/x"]


def test_an_operation_bears_the_name_of_its_function(whole: FastAPI) -> None:
    """A door that serves several addresses names each after the thing at that address, with the verb of its function."""
    for route in every_route(whole):
        function = route.endpoint.__name__
        assert route.unique_id == route.name or not route.include_in_schema
        assert route.name == function or route.name.split("_")[0] == function.split("_")[0], route.name
        if route.name == function and "GET" not in (route.methods or ()):
            assert route.endpoint.permission.name.lower() == function, route.name  # type: ignore[attr-defined]


def test_an_undeclared_operation_stops_the_start() -> None:
    app = FastAPI()

    @app.get("/open")
    def get_open() -> None: ...

    with pytest.raises(RuntimeError, match="/open"):
        openapi.check_declared(app)
