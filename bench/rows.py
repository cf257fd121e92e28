"""Rows as a large installation would hold them: groups, plans, deliverables, the parts of agencies, and the journal of it all.

Made from a seed, so that both engines and every run hold the same. Rows are dictionaries by the columns of the models; what is
not said here takes the model's default. Dates and instants are text, as both databases read them.
"""

import base64
import hashlib
import json
import zlib
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from app.access.models import Token
from app.access.rules import PREFIX, digest_of
from app.agencies.models import Agency, AgencyName
from app.bodies.models import Body, Participation
from app.chairs.models import Chairmanship, Holder
from app.core.dates import FOREVER, VagueDate
from app.core.db import Findable, Record, table_of
from app.core.journal import BOOKKEEPING, Change
from app.core.search import fold, fold_name
from app.decisions.models import Decision
from app.deliverables.models import Assignment, Deliverable, ProgressUpdate
from app.groups.models import Group
from app.membership.models import Membership, Modality
from app.policy import Permission
from app.workplans.models import Baseline, Stream, Workplan
from bench.words import AGENCIES, COUNTRIES, GROUPS, PLACES, PRODUCTS, REGIONS, SENTENCES, STREAMS, SUBJECTS, TOPICS, ZONES

Row = dict[str, Any]
SEED = 20_260_630
REFERENCE = date(2026, 6, 30)
"""The day on which the made-up record stands still."""
PLANS = (
    # code, first year, last year, state, how many of a group's deliverables it has
    ("WP-2014", 2014, 2017, "closed", 0.16),
    ("WP-2018", 2018, 2021, "closed", 0.20),
    ("WP-2022", 2022, 2024, "superseded", 0.18),
    ("WP-2025", 2025, 2028, "endorsed", 0.38),
    ("WP-2029", 2029, 2032, "draft", 0.08),
)
PARTS = (1, 2, 3, 2, 2, 1, 4, 2, 1, 2)
"""How many agencies have or had a part in a deliverable; two on average."""
ABOUT = {
    "participations": "body_id", "chair_holders": "chairmanship_id", "streams": "workplan_id", "baselines": "workplan_id",
    "assignments": "deliverable_id", "progress_updates": "deliverable_id",
}  # fmt: skip
"""The column that names the thing in whose history a change is told as well."""


MADE = {"assignments.open", "deliverables.due_key"}
"""The columns that the database fills when a row is added without them."""


class Shape:
    """The columns of a model, the row that it starts with, and what the journal holds of it."""

    def __init__(self, model: type[SQLModel]) -> None:
        self.model, self.table = model, table_of(model)
        self.name = self.table.name
        numbered = {c.name for c in self.table.columns if c.primary_key and isinstance(c.type, sa.BigInteger)}
        self.columns = [c.name for c in self.table.columns if c.name not in numbered and str(c) not in MADE]
        self.json = [i for i, name in enumerate(self.columns) if isinstance(self.table.c[name].type, sa.JSON)]
        self.start = {name: self._default(name) for name in self.columns}
        if issubclass(model, Record):
            hidden = model.secret | model.derived | {"search"}
            self.kept = [c.key for c in sa.inspect(model).column_attrs if c.key not in hidden]
            self.told = [name for name in self.kept if name not in BOOKKEEPING | {"id", "created_at"}]
            self.entity = model.entity()

    def _default(self, name: str) -> Any:
        default = self.model.model_fields[name].get_default(call_default_factory=True)
        return default.isoformat() if isinstance(default, date) else default if isinstance(default, str | int | list | dict) else None

    def values(self, row: Row) -> tuple[Any, ...]:
        """A row as the databases take it: JSON as text."""
        found = list(row.values())
        for place in self.json:
            found[place] = json.dumps(found[place])
        return tuple(found)


@cache
def shape(model: type[SQLModel]) -> Shape:
    return Shape(model)


@cache
def vague(text: str | None) -> tuple[str | None, str | None, str | None]:
    """A vague date with its first and last day."""
    if text is None:
        return None, None, None
    found = VagueDate.parse(text)
    return found.value, found.earliest.isoformat() if found.earliest else None, found.latest.isoformat()


def dated(name: str, text: str | None) -> Row:
    value, first, last = vague(text)
    return {name: value, f"{name}_from": first, f"{name}_on": last}


def secret(name: str) -> str:
    """The token of this name. It opens made-up data only."""
    body = base64.urlsafe_b64encode(hashlib.sha256(f"{SEED}{name}".encode()).digest()).decode().rstrip("=")
    return f"{PREFIX}{body}{zlib.crc32(body.encode()):08x}"


class Rows:
    """All rows of an installation with so many deliverables: `foundations()` first, then the `deliverables` of each group, in any order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.random = Random(SEED)
        self.batch: dict[type[SQLModel], list[Row]] = {}
        self.groups: list[Row] = []
        self.actors: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        self.streams: dict[str, list[list[Row]]] = {}
        count = max(2, min(200, size // 50))
        weights = [1 / (k + 20) ** 0.6 for k in range(count)]
        ends = [round(size * part / sum(weights)) for part in accumulate(weights)]
        self.sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]

    def id(self) -> str:
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:]}"

    def instant(self, day: str) -> str:
        number = self.random.getrandbits(40)
        return f"{day}T{8 + number % 10:02d}:{number // 10 % 60:02d}:{number // 600 % 60:02d}.{number // 36000 % 1000000:06d}Z"

    def add(self, model: type[SQLModel], day: str, actor: str, operation: Permission, values: Row) -> Row:
        """A record as it was made on a day, with the change that tells of it."""
        found, at = shape(model), self.instant(day)
        row = found.start | {"id": self.id(), "version": 1, "created_at": at, "updated_at": at} | values
        if issubclass(model, Findable):
            row["search"] = fold(*(t for name in model.found_by for t in (row[name] if isinstance(row[name], list) else [row[name]])))
        self.batch.setdefault(model, []).append(row)
        self.tell(found, row, "created", {n: [None, row[n]] for n in found.told if row[n] is not None}, actor, operation)
        return row

    def tell(self, found: Shape, row: Row, action: str, fields: Row, actor: str, operation: Permission) -> None:
        """The journal's row of a change, with the picture of the record after it."""
        change = shape(Change).start | {
            "at": row["updated_at"], "actor": actor, "channel": "api", "operation": operation.value, "action": action, "entity": found.entity,
            "entity_id": row["id"], "group_id": row["id"] if found.model is Group else row.get("group_id"), "about_id": row.get(ABOUT.get(found.name, "")),
            "record_version": row["version"], "fields": fields, "picture": {n: row[n] for n in found.kept},
        }  # fmt: skip
        self.batch.setdefault(Change, []).append(change)

    def taken(self) -> dict[type[SQLModel], list[Row]]:
        batch, self.batch = self.batch, {}
        return batch

    def foundations(self) -> dict[type[SQLModel], list[Row]]:
        """Everything that deliverables stand on."""
        self.admin = self._token("administrator", "administrator")
        self.agencies = {code: self._agency(code, name) for code, name in AGENCIES.items()}
        for number in range(len(self.sizes)):
            self._group(number)
        return self.taken()

    def _token(self, name: str, role: str, group: str | None = None, agency: str | None = None) -> str:
        values = {"name": name, "role": role, "group_id": group, "agency_id": agency, "expires_at": "2199-01-01T00:00:00.000000Z"}
        row = shape(Token).start | {"id": self.id(), "version": 1, **values, "digest": digest_of(secret(name))}
        row["created_at"] = row["updated_at"] = self.instant("2014-01-01")
        self.batch.setdefault(Token, []).append(row)
        return str(row["id"])

    def _agency(self, code: str, name: str) -> str:
        row = self.add(Agency, "2014-01-01", self.admin, Permission.ADD_AGENCY, {"code": code, "name": name, "kind": "un_system"})
        self.batch.setdefault(AgencyName, []).append({"name": fold_name(code), "agency_id": row["id"]})
        return str(row["id"])

    def _group(self, number: int) -> None:
        random, topic, region = self.random, GROUPS[number % len(GROUPS)], REGIONS[number // len(GROUPS) % len(REGIONS)]
        values = {
            "code": f"g{number:03d}", "name": f"{region} Group on {topic}", "established_on": "2013-01-01", "public": int(number % 4 == 0),
            "time_zone": ZONES[number % len(ZONES)], "certainty": "stated", "sources": ["Terms of reference, 2013"],
        }  # fmt: skip
        group = self.add(Group, "2014-01-01", self.admin, Permission.ESTABLISH_GROUP, values)
        actor = self._token(f"secretariat of {group['code']}", "secretariat", group["id"])
        self.groups.append(group)
        self.actors[group["id"]] = actor
        within = {"group_id": group["id"]}
        chosen = random.sample(sorted(AGENCIES), random.randint(14, 24))
        self.members[group["id"]] = [self.agencies[code] for code in chosen]
        self.add(Modality, "2014-01-01", actor, Permission.ADOPT_MODALITY, within | {"effective_on": "2013-01-01", "chair_term_months": 12})
        for code in chosen:
            admitted = within | {"agency_id": self.agencies[code], "role": "member", "starts_on": "2013-01-01"}
            self.add(Membership, "2014-01-01", actor, Permission.ADMIT_MEMBER, admitted)
            self._token(f"{code} in {group['code']}", "focal_point", group["id"], self.agencies[code])
        for year in range(2014, 2028):
            term = within | {"state": "confirmed", "starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}
            chair = self.add(Chairmanship, "2014-01-01", actor, Permission.NOMINATE_CHAIR, term)
            holder = {"chairmanship_id": chair["id"], "position": 1, "agency_id": self.agencies[chosen[year % len(chosen)]]}
            self.add(Holder, "2014-01-01", actor, Permission.NOMINATE_CHAIR, within | holder)
        self._plans(group, actor, self._bodies(group, actor, chosen))

    def _decision(self, group: Row, actor: str, code: str, kind: str, day: str, text: str) -> str:
        values = {
            "group_id": group["id"],
            "code": code,
            "decided_on": day,
            "level": "principals",
            "method": "consensus",
            "kind": kind,
            "text": text,
        }
        return str(self.add(Decision, day, actor, Permission.RECORD_DECISION, values)["id"])

    def _bodies(self, group: Row, actor: str, members: list[str]) -> list[Row]:
        found = []
        for code, kind, state, starts, sunset, ended in (
            ("WG-DATA", "working_group", "active", "2014-03-01", None, None),
            ("WG-CAP", "working_group", "active", "2015-01-01", None, None),
            ("TF-GENDER", "task_force", "active", "2025-02-01", "2099-12-31", None),
            ("TF-EDU", "task_force", "completed", "2015-01-01", "2018-12-31", "2018-11-30"),
        ):
            decided = self._decision(group, actor, f"D-{code}", "establish", starts, f"{code} is established.")
            values = {
                "group_id": group["id"], "kind": kind, "code": code, "name": f"{kind.replace('_', ' ').capitalize()} {code[3:]}", "state": state,
                "starts_on": starts, "sunset_on": sunset, "ended_on": ended, "decision_id": decided,
            }  # fmt: skip
            body = self.add(Body, starts, actor, Permission.PROPOSE_BODY, values)
            found.append(body)
            for place, member in enumerate(self.random.sample(members, 6)):
                part = {
                    "body_id": body["id"],
                    "agency_id": self.agencies[member],
                    "role": "member" if place else "chair",
                    "starts_on": starts,
                }
                self.add(Participation, starts, actor, Permission.JOIN_BODY, {"group_id": group["id"]} | part)
        return found

    def _plans(self, group: Row, actor: str, bodies: list[Row]) -> None:
        self.streams[group["id"]] = []
        for code, first, last, state, _ in PLANS:
            draft, day = state == "draft", f"{first}-01-15" if first <= REFERENCE.year else "2026-03-01"
            decided = None if draft else self._decision(group, actor, f"D-{code}", "endorse_plan", day, f"The plan {code} is endorsed.")
            values = {
                "group_id": group["id"], "code": code, "title": f"Workplan {first}–{last}", "starts_on": f"{first}-01-01",
                "ends_on": f"{last}-12-31", "state": state, "revision": int(not draft), "endorsed_on": None if draft else day,
                "closed_on": f"{last + 1}-02-01" if state == "closed" else None, "decision_id": decided,
            }  # fmt: skip
            plan = self.add(Workplan, day, actor, Permission.DRAFT_WORKPLAN, values)
            if not draft:
                digest = hashlib.sha256(plan["id"].encode()).hexdigest()
                kept = {"workplan_id": plan["id"], "revision": 1, "endorsed_on": day, "decision_id": decided, "digest": digest}
                self.add(Baseline, day, actor, Permission.ENDORSE_WORKPLAN, {"group_id": group["id"]} | kept)
            open_bodies = [b for b in bodies if b["state"] == "active" and b["starts_on"] < f"{last}"]
            streams = []
            for position, title in enumerate(self.random.sample(STREAMS, 6)):
                body = self.random.choice([None, *open_bodies]) if open_bodies else None
                lead = self.random.choice(self.members[group["id"]]) if self.random.random() < 0.6 else None
                values = {"workplan_id": plan["id"], "code": str(position + 1), "title": title, "position": position + 1, "lead_id": lead}
                values |= {"group_id": group["id"], "body_id": body and body["id"]}
                streams.append(self.add(Stream, day, actor, Permission.ADD_STREAM, values))
            self.streams[group["id"]].append(streams)

    def deliverables(self, number: int) -> dict[type[SQLModel], list[Row]]:
        """The deliverables of one group, with their assignments, updates and changes."""
        self.random = Random(f"{SEED}-{number}")
        group, size, before = self.groups[number], self.sizes[number], sum(self.sizes[:number])
        ends = [round(size * part) for part in accumulate(plan[4] for plan in PLANS)]
        for place in range(size):
            plan = next((i for i, end in enumerate(ends) if place < end), len(PLANS) - 1)
            stream = self.streams[group["id"]][plan][place % 6]
            self._deliverable(group, plan, stream, f"{stream['code']}.{place + 1}", before + place)
        return self.taken()

    def _due(self, first: int, last: int) -> str | None:
        random = self.random
        year, chance = random.randint(first, last), random.random()
        month = random.randint(1, 12)
        if chance < 0.42:
            return f"{year}-{month:02d}-{random.randint(1, 28):02d}"
        if chance < 0.66:
            return f"{year}-{month:02d}"
        if chance < 0.80:
            return f"{year}-Q{(month + 2) // 3}"
        if chance < 0.88:
            return f"{year}-H{(month + 5) // 6}"
        return f"{year}" if chance < 0.93 else None

    def _status(self, state: str, due: str | None) -> str:
        chance = self.random.random()
        if state == "draft":
            return "not_started"
        if state != "endorsed" or (due and due < "2026"):
            return "delivered" if chance < 0.78 else "cancelled" if chance < 0.86 else "superseded" if chance < 0.91 else "in_progress"
        if due and due < "2026-06":
            return "delivered" if chance < 0.6 else "in_progress" if chance < 0.9 else "on_hold"
        return "not_started" if chance < 0.55 else "in_progress" if chance < 0.93 else "on_hold" if chance < 0.97 else "cancelled"

    def _deliverable(self, group: Row, plan: int, stream: Row, code: str, number: int) -> None:
        random, actor = self.random, self.actors[group["id"]]
        _, first, last, state, _ = PLANS[plan]
        kind = random.choice(tuple(PRODUCTS))
        title = f"{random.choice(PRODUCTS[kind])} {random.choice(SUBJECTS)}" + (
            f" {random.choice(PLACES)}" if random.random() < 0.6 else ""
        )
        due = self._due(first, last)
        status, due_on = self._status(state, due), vague(due)[2]
        made = f"{min(first, 2026)}-0{random.randint(1, 5)}-{random.randint(1, 25):02d}"
        delivered = self._delivered(due_on, made) if status == "delivered" else None
        slipped = self._due(first, last) if random.random() < 0.15 else due
        known, open_ = random.random(), status in ("in_progress", "on_hold")
        row: Row = {
            "group_id": group["id"], "workplan_id": stream["workplan_id"], "stream_id": stream["id"], "body_id": stream["body_id"],
            "code": code, "title": title, "kind": kind, "description": random.choice(SENTENCES) if known < 0.4 else None, **dated("due", due),
            **dated("baseline_due", None if state == "draft" else slipped), **dated("delivered", delivered), "status": status,
            "status_reason": "Overtaken by the revised plan." if status in ("cancelled", "superseded", "on_hold") else None,
            "confidence": random.choice(("on_track", "at_risk", "off_track")) if open_ else None,
            "percent": random.randint(1, 19) * 5 if open_ else None, "topics": random.sample(TOPICS, 2) if known < 0.5 else [],
            "countries": random.sample(COUNTRIES, 3) if known < 0.25 else [], "visibility": "public" if known < 0.5 else "internal",
            "evidence": [f"https://example.org/{number}"] if delivered and known < 0.8 else [],
            "waiver": "In print only." if delivered and known >= 0.8 else None, "confirmed_on": made,
            "former_titles": ["Study (title to be confirmed)"] if known > 0.95 else [],
            "certainty": "stated" if known < 0.3 else None, "sources": [f"Matrix of the plan, row {number % 900}"] if known < 0.3 else [],
            "note": random.choice(SENTENCES) if known < 0.1 else None,
        }  # fmt: skip
        row = self.add(Deliverable, made, actor, Permission.ADD_DELIVERABLE, row)
        self._parts(group, row, made, actor, PARTS[number % len(PARTS)])
        if status != "not_started" and random.random() < 0.12:
            self._update(row, min(made[:5] + f"0{random.randint(6, 9)}-15", REFERENCE.isoformat()), actor)

    def _delivered(self, due_on: str | None, made: str) -> str:
        around = date.fromisoformat(due_on or made) + timedelta(self.random.randint(-40, 90))
        day = min(around, REFERENCE).isoformat()
        return day if self.random.random() < 0.8 else day[:7]

    def _parts(self, group: Row, deliverable: Row, made: str, actor: str, count: int) -> None:
        random = self.random
        agencies = random.sample(self.members[group["id"]], count)
        waiting = deliverable["status"] == "not_started" and random.random() < 0.25
        shared = {
            "group_id": group["id"],
            "deliverable_id": deliverable["id"],
            "asked_by": actor,
            "due_on": deliverable["due_on"] or FOREVER.isoformat(),
        }
        handed = False
        for place, agency in enumerate(agencies):
            chance, role = random.random(), "lead" if place == 0 else random.choice(("co_lead", "contributor", "contributor", "reviewer"))
            state = "proposed" if waiting else "accepted"
            if place:
                state = "accepted" if chance < 0.75 else "proposed" if chance < 0.87 else "declined" if chance < 0.95 else "ended"
            elif count > 2 and chance < 0.15:
                state = "ended"  # it handed the lead over: the next agency has it from the day after
            values: Row = shared | {
                "agency_id": agency,
                "role": role,
                "state": state,
                "starts_on": made,
                "answer_by": made if chance < 0.3 else None,
            }
            if place == 1 and handed:
                values |= {"role": "lead", "state": "accepted", "starts_on": f"{made[:8]}27"}
            handed = place == 0 and state == "ended"
            if state != "proposed" or (place == 1 and values["role"] == "lead"):
                answered = self.instant(made)
                values |= {
                    "answered_by": actor,
                    "answered_at": answered,
                    "answered_on": made,
                    "accepted_at": None if values["state"] == "declined" else answered,
                }
            if values["state"] == "ended":
                values["ends_on"] = f"{made[:8]}26"
            elif values["state"] == "declined":
                values |= {"decline_reason": random.choice(("capacity", "mandate", "funding"))}
                values |= {"suggested_id": agencies[0]} if chance > 0.92 else {}
            elif chance < 0.2:
                values |= {"on_behalf_of_id": agency, "evidence": "E-mail of 3 March"}
            self.add(Assignment, made, actor, Permission.PROPOSE_ASSIGNMENT, values)

    def _update(self, deliverable: Row, day: str, actor: str) -> None:
        """A report: the deliverable's second version."""
        values = {
            "group_id": deliverable["group_id"], "deliverable_id": deliverable["id"], "kind": "update", "reported_on": day, "actor": actor,
            "narrative": self.random.choice(SENTENCES),
        }  # fmt: skip
        fields = {"confirmed_on": [deliverable["confirmed_on"], day]}
        deliverable |= {"version": 2, "updated_at": self.instant(day), "confirmed_on": day}
        self.tell(shape(Deliverable), deliverable, "updated", fields, actor, Permission.POST_UPDATE)
        self.add(ProgressUpdate, day, actor, Permission.POST_UPDATE, values)
