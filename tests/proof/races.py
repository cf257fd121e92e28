"""Eight racers for one place: for each rule that looks at several rows, calls of which not all may succeed, and who judges the rows.

A judge reads the rows (or the journal, whose order is that of the commits) and knows nothing of what the service answered.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from app.agencies.models import Agency
from app.bodies.models import Body, Participation
from app.chairs.models import Chairmanship
from app.core.countries import names
from app.core.db import table_of
from app.core.journal import Change
from app.core.search import fold_name
from app.decisions.models import Decision, Objection
from app.deliverables.models import Assignment, Deliverable, Dependency
from app.fundraising.models import Consultation, CountryTeam, Donor, Project, ProjectPart
from app.groups.models import Group
from app.handovers.models import HandOver
from app.meetings.models import Attendance, Outcome
from app.membership.models import Appointment, Membership, Modality
from app.workplans.models import Stream, Workplan
from tests.make import Json, Make
from tests.proof.racing import Answer, Call, Line, at_once, untold

RACERS = 8
Judge = Callable[[sa.Connection], list[str]]


class World:
    """A group with eight members, and what every race needs. Things for a race are made through the first service."""

    def __init__(self, make: Make, engine: sa.Engine, lines: Sequence[Line]) -> None:
        self.engine, self.lines = engine, lines
        self.members = [f"A{n}" for n in range(RACERS)]
        self.secretariat, self.administrator = str(make.secretariat.token), str(make.administrator.token)
        make.modality(max_extensions=1)
        for code in self.members:
            make.member(code)
        self.decision = str(make.decision()["id"])
        self.person = str(self.make("/people", {"name": "A Person", "agency": "A0"})["id"])
        self.plan = str(self.make("/workplans", span(0, 70_000) | {"group": "tst", "code": "W", "title": "W"})["id"])
        self.stream = str(self.make(f"/workplans/{self.plan}/streams", {"code": "S", "title": "S"})["id"])

    def post(self, path: str, body: Json) -> Call:
        return Call("POST", path, self.secretariat, body)

    def patch(self, path: str, body: Json, version: int = 1) -> Call:
        return Call("PATCH", path, self.secretariat, body, version)

    def installing(self, path: str, body: Json) -> Call:
        return Call("POST", path, self.administrator, body)

    def make(self, path: str, body: Json | None = None) -> Json:
        call = self.installing if path in ("/agencies", "/people") else self.post
        answer = self.lines[0].ask(call(path, body or {}))
        assert answer.ok, answer
        return answer.body

    def member(self, code: str) -> Json:
        """An agency of its own, in the group from its first day."""
        self.make("/agencies", {"code": code, "name": code})
        return self.make("/groups/tst/members", {"agency": code, "role": "member", "starts_on": "2010-01-01"})

    def deliverable(self, code: str, stream: str | None = None, **values: Any) -> str:
        return str(self.make("/deliverables", {"stream": stream or self.stream, "code": code, "title": code} | values)["id"])

    def working_group(self, code: str) -> str:
        return str(self.make("/working-groups", body_named(code))["id"])

    def task_force(self, code: str) -> str:
        return str(self.make("/task-forces", body_named(code) | {"sunset_on": "2090-12-31", "decision": self.decision})["id"])

    def asked(self, deliverable: str, agency: str, role: str = "lead") -> str:
        body = {"agency": agency, "role": role, "starts_on": "2020-01-01"}
        return str(self.make(f"/deliverables/{deliverable}/assignments", body)["id"])

    def project(self, code: str, **values: Any) -> str:
        body = {"group": "tst", "code": code, "title": code, "lead": "A0", "streams": [{"stream": self.stream, "share": "100.00"}]}
        return str(self.make("/projects", body | values)["id"])

    def gift(self, project: str, amount: str, state: str = "pledged") -> str:
        body = {"donor": "D", "state": state, "amount": amount, "currency": "USD"}
        return str(self.make(f"/projects/{project}/contributions", body)["id"])

    def accepting(self, assignment: str, agency: str) -> Call:
        return self.post(f"/assignments/{assignment}/accept", {"on_behalf_of": agency, "evidence": "E-mail of 3 March"})


def span(first: int, days: int, since: str = "2000-01-01") -> Json:
    """So many days from a day on."""
    start = date.fromisoformat(since) + timedelta(first)
    return {"starts_on": start.isoformat(), "ends_on": (start + timedelta(days - 1)).isoformat()}


def body_named(code: str) -> Json:
    return {"group": "tst", "code": code, "name": code, "starts_on": "2020-01-01"}


@dataclass(frozen=True)
class Rule:
    """A rule, what holds it where the code in Python cannot see the other writer, and how it is tried and judged."""

    held_by: Literal["constraint", "queue", "version"]
    refusals: frozenset[str]
    race: Callable[[World, int], list[Call]]
    broken: Judge
    winners: int | None = 1

    def run(self, world: World, number: int) -> list[Answer]:
        return at_once(world.lines, self.race(world, number), number)

    def misjudged(self, connection: sa.Connection, answers: list[Answer]) -> list[str]:
        """Answers that a client should not get, and acknowledged changes that are not there."""
        won = [a for a in answers if a.ok]
        for answer in answers:
            answer.check()
        found = [f"{a.call.method} {a.call.path}: {a.status} {a.code}" for a in answers if not a.ok and a.code not in self.refusals]
        if self.winners not in (None, len(won)):
            found.append(f"{len(won)} were told that they won")
        return found + untold(connection, answers)


# Judges


def twice(table: Any, *columns: str, where: Any = None) -> Judge:
    """Rows that agree in these columns."""
    t = table_of(table)

    def judge(connection: sa.Connection) -> list[str]:
        statement = sa.select(*[t.c[c] for c in columns], sa.func.count()).group_by(*[t.c[c] for c in columns]).having(sa.func.count() > 1)
        return [f"{t.name}: {tuple(row)}" for row in connection.execute(statement if where is None else statement.where(where(t)))]

    return judge


def overlapping(table: Any, *same: str, where: Callable[[Any], Any] = lambda t: sa.true()) -> Judge:
    """Rows that agree in these columns and share a day."""
    a, b = table_of(table).alias(), table_of(table).alias()
    forever = sa.literal(date(9999, 1, 1), sa.Date)
    shared = [a.c.starts_on <= sa.func.coalesce(b.c.ends_on, forever), b.c.starts_on <= sa.func.coalesce(a.c.ends_on, forever)]

    def judge(connection: sa.Connection) -> list[str]:
        pairs = sa.select(a.c.id, b.c.id).where(a.c.id < b.c.id, *[a.c[c] == b.c[c] for c in same], *shared, where(a), where(b))
        return [f"{table_of(table).name}: {one} and {other} share a day" for one, other in connection.execute(pairs)]

    return judge


def names_shared(connection: sa.Connection) -> list[str]:
    """Codes and aliases that more than one agency bears."""
    t, bearers = table_of(Agency), dict[str, set[str]]()
    for row in connection.execute(sa.select(t.c.id, t.c.code, t.c.aliases)):
        for name in (row.code, *row.aliases):
            bearers.setdefault(fold_name(name), set()).add(row.id)
    return [f"{name}: {len(ids)} agencies" for name, ids in bearers.items() if len(ids) > 1]


# Races for what a constraint of the database holds


def a_group(w: World, n: int) -> list[Call]:
    body = {"code": f"g-{n}", "name": "G", "established_on": "2020-01-01"}
    return [w.installing("/groups", body) for _ in range(RACERS)]


def an_agency_name(w: World, n: int) -> list[Call]:
    named = [{"code": f"Name {n}"}, {"code": f"NAME  {n}"}] + [{"code": f"N{n}-{i}", "aliases": [f"name {n}"]} for i in range(RACERS - 2)]
    return [w.installing("/agencies", {"name": "N"} | body) for body in named]


def a_decision(w: World, n: int) -> list[Call]:
    body = {"group": "tst", "code": f"R{n}", "decided_on": "2020-01-01", "level": "principals", "text": "So."}
    return [w.post("/decisions", body) for _ in range(RACERS)]


def a_modality(w: World, n: int) -> list[Call]:
    body = {"effective_on": span(n, 1, "2150-01-01")["starts_on"], "chair_term_months": 12, "decision": w.decision}
    return [w.post("/groups/tst/modalities", body) for _ in range(RACERS)]


def a_membership(w: World, n: int) -> list[Call]:
    w.make("/agencies", {"code": f"M{n}", "name": "M"})
    return [w.post("/groups/tst/members", {"agency": f"M{n}", "role": "observer"} | span(i, 30 + i)) for i in range(RACERS)]


def a_principal(w: World, n: int) -> list[Call]:
    body = {"group": "tst", "person": w.person, "agency": "A0"}
    amended = [w.make("/appointments", body | {"role": "focal_point"} | span(10 * n + i, 5, "2020-01-01"))["id"] for i in range(4)]
    appointed = [w.post("/appointments", body | {"role": "principal"} | span(10 * n + i, 5, "2020-01-01")) for i in range(4)]
    return appointed + [w.patch(f"/appointments/{one}", {"role": "principal"}) for one in amended]


def a_chair(w: World, n: int) -> list[Call]:
    """Through each door: entered as confirmed, confirmed after a nomination, moved from other days."""

    def term(i: int, **values: Any) -> Json:
        return {"group": "tst", "holders": [{"agency": w.members[i]}], "note": "Short."} | span(30 * n + i, 20, "2100-01-01") | values

    entered = [w.post("/chairmanships", term(i, state="confirmed")) for i in range(3)]
    nominated = [w.make("/chairmanships", term(i))["id"] for i in range(3, 6)]
    elsewhere = [w.make("/chairmanships", term(i, state="confirmed") | span(60 * n + 10 * i, 9, "2011-01-01"))["id"] for i in range(6, 8)]
    moved = [w.patch(f"/chairmanships/{one}", span(30 * n + 6, 20, "2100-01-01")) for one in elsewhere]
    return entered + [w.post(f"/chairmanships/{one}/confirm", {}) for one in nominated] + moved


def a_body_code(w: World, n: int) -> list[Call]:
    renamed = [w.working_group(f"OLD{n}-{i}") for i in range(2)]
    proposed = [w.post("/working-groups", body_named(f"B{n}")) for _ in range(3)]
    proposed += [w.post("/task-forces", body_named(f"B{n}") | {"sunset_on": "2090-12-31"}) for _ in range(3)]
    return proposed + [w.patch(f"/working-groups/{one}", {"code": f"B{n}"}) for one in renamed]


def a_participation(w: World, n: int) -> list[Call]:
    group = w.working_group(f"P{n}")
    return [w.post(f"/working-groups/{group}/participations", {"agency": "A0"} | span(i, 30, "2020-01-01")) for i in range(RACERS)]


def a_plan_code(w: World, n: int) -> list[Call]:
    body = {"group": "tst", "title": "P"} | span(0, 700)
    renamed = [w.make("/workplans", body | {"code": f"OLD{n}-{i}"})["id"] for i in range(2)]
    drafted = [w.post("/workplans", body | {"code": f"P{n}"}) for _ in range(6)]
    return drafted + [w.patch(f"/workplans/{one}", {"code": f"P{n}"}) for one in renamed]


def a_stream_code(w: World, n: int) -> list[Call]:
    renamed = [w.make(f"/workplans/{w.plan}/streams", {"code": f"OLD{n}-{i}", "title": "S"})["id"] for i in range(2)]
    added = [w.post(f"/workplans/{w.plan}/streams", {"code": f"S{n}", "title": "S"}) for _ in range(6)]
    return added + [w.patch(f"/streams/{one}", {"code": f"S{n}"}) for one in renamed]


def an_endorsed_plan(w: World, n: int) -> list[Call]:
    plans = [{"group": "tst", "code": f"E{n}-{i}", "title": "E"} | span(30 * n + i, 20) for i in range(RACERS)]
    return [
        w.post(f"/workplans/{w.make('/workplans', plan)['id']}/endorse", {"decision": w.decision, "reason": "As it is."}) for plan in plans
    ]


def a_deliverable_code(w: World, n: int) -> list[Call]:
    renamed = [w.deliverable(f"OLD{n}-{i}") for i in range(2)]
    added = [w.post("/deliverables", {"stream": w.stream, "code": f"D{n}", "title": "D"}) for _ in range(6)]
    return added + [w.patch(f"/deliverables/{one}", {"code": f"D{n}"}) for one in renamed]


def a_lead(w: World, n: int) -> list[Call]:
    deliverable = w.deliverable(f"L{n}")
    return [w.accepting(w.asked(deliverable, agency), agency) for agency in w.members]


def an_asked_part(w: World, n: int) -> list[Call]:
    deliverable = w.deliverable(f"Q{n}")
    return [w.post(f"/deliverables/{deliverable}/assignments", {"agency": "A0", "role": "lead"}) for _ in range(RACERS)]


def an_objection(w: World, n: int) -> list[Call]:
    silence = w.make("/silence-procedures", {"group": "tst", "code": f"S{n}", "text": "T", "deadline": "2190-12-31"})["id"]
    body = {"agency": "A0", "reason": "No.", "evidence": "E-mail"}
    return [w.post(f"/decisions/{silence}/objections", body) for _ in range(RACERS)]


def a_meeting(w: World, n: int, i: int = 0) -> str:
    body = {"group": "tst", "level": "technical", "title": f"M{n}-{i}", "starts_on": "2010-01-01"}
    return str(w.make("/meetings", body)["id"])


def an_attendance(w: World, n: int) -> list[Call]:
    meeting = a_meeting(w, n)
    return [w.post(f"/meetings/{meeting}/attendances", {"agency": "A0", "presence": "present"}) for _ in range(RACERS)]


def a_decision_of_a_meeting(w: World, n: int) -> list[Call]:
    decision = w.make("/decisions", {"group": "tst", "code": f"O{n}", "decided_on": "2010-01-01", "level": "technical", "text": "T"})["id"]
    return [w.post(f"/meetings/{a_meeting(w, n, i)}/outcomes", {"decision": decision}) for i in range(RACERS)]


def an_action_point_of_a_meeting(w: World, n: int) -> list[Call]:
    point = w.make("/action-points", {"group": "tst", "agency": "A0", "text": f"P{n}"})["id"]
    return [w.post(f"/meetings/{a_meeting(w, n, i)}/outcomes", {"action_point": point}) for i in range(RACERS)]


def a_dependency(w: World, n: int) -> list[Call]:
    one, other = w.deliverable(f"WA{n}"), w.deliverable(f"WB{n}")
    return [w.post(f"/deliverables/{one}/dependencies", {"waits_for": other}) for _ in range(RACERS)]


def term_to_hand_over(w: World, n: int, since: str) -> str:
    """The id of a term with another after it."""
    term = {"group": "tst", "state": "confirmed", "note": "Short."}
    made = [w.make("/chairmanships", term | {"holders": [{"agency": f"A{i}"}]} | span(50 * n + 20 * i, 20, since)) for i in range(2)]
    return str(made[0]["id"])


def a_hand_over(w: World, n: int) -> list[Call]:
    here = f"/chairmanships/{term_to_hand_over(w, n, '2080-01-01')}/hand-over"
    return [w.post(f"{here}/submit", {}) for _ in range(RACERS)]


def a_project_code(w: World, n: int) -> list[Call]:
    renamed = [w.project(f"OLD{n}-{i}") for i in range(2)]
    proposed = [w.post("/projects", {"group": "tst", "code": f"PRJ{n}", "title": "P", "lead": "A0"}) for _ in range(6)]
    return proposed + [w.patch(f"/projects/{one}", {"code": f"PRJ{n}"}) for one in renamed]


def a_project_lead(w: World, n: int) -> list[Call]:
    project = w.project(f"PL{n}")
    address = f"/projects/{project}/assignments"
    (own,) = w.lines[0].ask(Call("GET", address, w.secretariat)).body["items"]
    asked = [(str(own["id"]), "A0")]
    asked += [(str(w.make(address, {"agency": agency, "role": "lead"})["id"]), agency) for agency in w.members[1:]]
    return [w.post(f"{address}/{part}/accept", {"on_behalf_of": agency, "evidence": "E-mail of 3 March"}) for part, agency in asked]


def a_part_asked(w: World, n: int) -> list[Call]:
    project = w.project(f"PA{n}")
    return [w.post(f"/projects/{project}/assignments", {"agency": "A1", "role": "partner"}) for _ in range(RACERS)]


def a_consultation(w: World, n: int) -> list[Call]:
    project = w.project(f"PC{n}", countries=["BD"])
    return [w.post(f"/projects/{project}/consultations", {"country": "BD"}) for _ in range(RACERS)]


def a_country_team(w: World, n: int) -> list[Call]:
    country = sorted(names())[n % len(names())]
    return [w.post("/country-teams", {"group": "tst", "country": country, "name": "T"}) for _ in range(RACERS)]


def a_donor(w: World, n: int) -> list[Call]:
    renamed = [w.make("/donors", {"group": "tst", "code": f"OLD{n}-{i}", "name": "D"})["id"] for i in range(2)]
    added = [w.post("/donors", {"group": "tst", "code": f"DN{n}", "name": "D"}) for _ in range(6)]
    return added + [w.patch(f"/donors/{one}", {"code": f"DN{n}"}) for one in renamed]


def journal(connection: sa.Connection) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Entity, picture and row of every change, in the order of the commits."""
    t = table_of(Change)
    for row in connection.execute(sa.select(t).order_by(t.c.seq)):
        yield row.entity, row.picture, row


def constraint(code: str, race: Callable[[World, int], list[Call]], broken: Judge) -> Rule:
    """One may win; the others are told the code, which is also the name of the constraint."""
    return Rule("constraint", frozenset({code}), race, broken)


CONSTRAINTS = {
    code: constraint(code, race, broken)
    for code, race, broken in (
        ("group_code_taken", a_group, twice(Group, "code")),
        ("agency_name_taken", an_agency_name, names_shared),
        ("decision_code_taken", a_decision, twice(Decision, "group_id", "code")),
        ("modality_taken", a_modality, twice(Modality, "group_id", "effective_on")),
        ("already_member", a_membership, overlapping(Membership, "group_id", "agency_id")),
        ("principal_taken", a_principal, overlapping(Appointment, "group_id", "agency_id", where=lambda t: t.c.role == "principal")),
        ("chair_overlap", a_chair, overlapping(Chairmanship, "group_id", where=lambda t: t.c.state == "confirmed")),
        ("body_code_taken", a_body_code, twice(Body, "group_id", "code")),
        ("already_participating", a_participation, overlapping(Participation, "body_id", "agency_id")),
        ("workplan_code_taken", a_plan_code, twice(Workplan, "group_id", "code")),
        ("stream_code_taken", a_stream_code, twice(Stream, "workplan_id", "code")),
        (
            "plan_overlap",
            an_endorsed_plan,
            overlapping(Workplan, "group_id", where=lambda t: sa.and_(t.c.state == "endorsed", sa.not_(t.c.transitional))),
        ),
        ("deliverable_code_taken", a_deliverable_code, twice(Deliverable, "workplan_id", "code")),
        (
            "lead_taken",
            a_lead,
            overlapping(Assignment, "deliverable_id", where=lambda t: sa.and_(t.c.role == "lead", t.c.state == "accepted")),
        ),
        ("already_objected", an_objection, twice(Objection, "decision_id", "agency_id", where=lambda t: t.c.withdrawn_on.is_(None))),
        ("attendance_taken", an_attendance, twice(Attendance, "meeting_id", "agency_id")),
        ("decided_elsewhere", a_decision_of_a_meeting, twice(Outcome, "decision_id", where=lambda t: t.c.decision_id.is_not(None))),
        (
            "asked_elsewhere",
            an_action_point_of_a_meeting,
            twice(Outcome, "action_point_id", where=lambda t: t.c.action_point_id.is_not(None)),
        ),
        ("project_code_taken", a_project_code, twice(Project, "group_id", "code")),
        (
            "project_lead_taken",
            a_project_lead,
            overlapping(ProjectPart, "project_id", where=lambda t: sa.and_(t.c.role == "lead", t.c.state == "accepted")),
        ),
        ("part_already_asked", a_part_asked, twice(ProjectPart, "project_id", "agency_id", "role", where=lambda t: t.c.ends_on.is_(None))),
        ("already_consulted", a_consultation, twice(Consultation, "project_id", "country")),
        ("country_team_taken", a_country_team, twice(CountryTeam, "group_id", "country")),
        ("donor_code_taken", a_donor, twice(Donor, "group_id", "code")),
        ("already_asked", an_asked_part, twice(Assignment, "deliverable_id", "agency_id", "role", where=lambda t: t.c.ends_on.is_(None))),
        ("already_waiting", a_dependency, twice(Dependency, "deliverable_id", "waits_for_id", where=lambda t: t.c.ended_on.is_(None))),
    )
} | {"hand_over_begun": Rule("constraint", frozenset({"hand_over_begun"}), a_hand_over, twice(HandOver, "outgoing_id"), None)}
"""Who submits later what is submitted already is told that it is."""
