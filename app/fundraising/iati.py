"""A project as an activity of the IATI standard, version 2.03: only what is known and may be published, in the order that its schema has.

What is not known is left out; docs/decisions/0029-iati.md tells what each state, role and transaction becomes, and why.
"""

import mimetypes
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import date
from urllib.parse import quote, urlsplit

from app.core.money import amount_text
from app.fundraising.gap import Facts
from app.fundraising.rules import FIRM, percent

VERSION = "2.03"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
OURS = "urn:troika:iati"
ET.register_namespace("troika", OURS)

STATUS = {"implementing": "2", "closed": "4", "not_funded": "5", "withdrawn": "5"}
"""The activity status of each state; of all others 1, in the pipeline: also of what is funded and has not begun."""
FUNDING, ACCOUNTABLE, EXTENDING, IMPLEMENTING = "1", "2", "3", "4"
INCOMING_FUNDS, DISBURSEMENT, INCOMING_COMMITMENT, INCOMING_PLEDGE = "1", "3", "11", "13"
MULTILATERAL = "40"
DONOR_TYPES = {"government": "10", "multilateral": MULTILATERAL, "agency": MULTILATERAL, "foundation": "60", "private": "70"}
PLANNED_START, ACTUAL_START, PLANNED_END, ACTUAL_END = "1", "2", "3", "4"
INTERNAL_ID = "A1"
WEB_PAGE = "A12"
GIVEN = {"in_kind": "In kind", "secondment": "Seconded staff"}
DOCUMENTS = (".csv", ".doc", ".docx", ".ods", ".odt", ".pdf", ".ppt", ".pptx", ".txt", ".xls", ".xlsx", ".xml")

WHY = {
    "undocumented": "it is recorded as unverified or assumed. Give it a source and its certainty.",
    "no_reference": "neither its group nor the agency that leads it has an IATI organisation identifier. Set 'iati_ref' of one of them.",
    "no_participant": "no agency has accepted a part in it, and no donor is known.",
    "start_unknown": "the day on which it starts is not known. Set 'starts_on' or 'actual_starts_on'.",
}
FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ADDRESS = re.compile(r"(?:(?P<title>.*\S)\s+)?<?(?P<url>https?://[^\s<>]+)>?")


def clean(text: str) -> str:
    """A text with what XML cannot hold shown as such. Ours hold none, but an import from elsewhere must not make a file unreadable."""
    return FORBIDDEN.sub("\ufffd", text)


def reporter_ref(told: Facts) -> str | None:
    """The organisation that a project is published by: its group's, else the agency that leads it, or last led it."""
    lead = lead_of(told)
    found: str | None = told["group"]["ref"] or (lead["ref"] if lead else None)
    return found


def lead_of(told: Facts) -> Facts | None:
    return next((part["agency"] for part in told["parts"] if part["role"] == "lead"), None)


def identifier(ref: str, group: str, code: str) -> str:
    """A project's identifier. A dot ends the group's code, which has none, and what identifiers may not hold is escaped: no two are alike."""
    return f"{ref}-{group}.{quote(code, safe='')}"


def obstacle(told: Facts) -> str | None:
    """Why a project is in no file, as a key of `WHY`; None where it is."""
    if not told["founded"]:
        return "undocumented"
    if not reporter_ref(told):
        return "no_reference"
    if not told["parts"] and not _funders(told):
        return "no_participant"
    return None if told["starts_on"] or told["actual_starts_on"] else "start_unknown"


def activities_file(told: Iterable[Facts], left_out: Iterable[tuple[str, str]], today: date, public_url: str | None) -> bytes:
    """The file of these projects. Those left out are named at its end, in an element of our own, as the standard allows."""
    root = ET.Element("iati-activities", version=VERSION)
    for one in told:
        root.append(activity(one, today, public_url))
    for code, why in left_out:
        ET.SubElement(root, f"{{{OURS}}}left-out", {"code": clean(code), "because": why})
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def activity(told: Facts, today: date, public_url: str | None) -> ET.Element:
    """One project."""
    ref = reporter_ref(told)
    assert ref is not None
    group = told["group"]
    root = ET.Element("iati-activity", {LANG: "en", "default-currency": told["currency"], "last-updated-datetime": _last_updated(told)})
    ET.SubElement(root, "iati-identifier").text = identifier(ref, group["code"], told["iati_code"])
    lead = lead_of(told)
    reporter = group["name"] if group["ref"] or lead is None else lead["name"]
    _narrated(root, "reporting-org", reporter, ref=ref, type=MULTILATERAL)
    _narrated(root, "title", told["title"])
    _narrated(root, "description", told["description"] or told["title"])
    for role, organisation in _participants(told):
        _organisation(root, "participating-org", organisation, role=role)
    ET.SubElement(root, "other-identifier", ref=clean(told["code"]), type=INTERNAL_ID)
    ET.SubElement(root, "activity-status", code=STATUS.get(told["state"], "1"))
    for kind, name in (
        (PLANNED_START, "starts_on"),
        (ACTUAL_START, "actual_starts_on"),
        (PLANNED_END, "ends_on"),
        (ACTUAL_END, "actual_ends_on"),
    ):
        day = told[name]
        if day and (kind in (PLANNED_START, PLANNED_END) or day <= today.isoformat()):
            ET.SubElement(root, "activity-date", {"type": kind, "iso-date": day})
    for country in sorted(told["countries"]):
        ET.SubElement(root, "recipient-country", code=country)
    at = {"vocabulary-uri": f"{public_url}/api/v1/streams?group={group['code']}"} if public_url else {}
    for stream in told["streams"]:
        _narrated(
            root, "sector", stream["name"], **{"vocabulary": "99", **at, "code": stream["id"], "percentage": percent(stream["share"])}
        )
    for first, last, amount in _budgets(told):
        _budget(root, told, first, last, amount)
    for transaction in sorted(_transactions(told), key=lambda one: (one["on"], -int(one["type"]), one["ref"])):
        _transaction(root, transaction)
    for title, url in _documents(told["sources"]):
        _document(root, title, url)
    return root


def _narrated(parent: ET.Element, name: str, text: str, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, {key: clean(value) for key, value in attributes.items()})
    ET.SubElement(element, "narrative").text = clean(text)
    return element


def _organisation(parent: ET.Element, name: str, told: Facts, **more: str | None) -> None:
    known = {"ref": told["ref"], "type": told["type"], **more}
    _narrated(parent, name, told["name"], **{key: value for key, value in known.items() if value})


def _typed(agency: Facts) -> Facts:
    """An agency with its type. Agencies are of the United Nations system or beside it; of other kinds nothing is said."""
    return {"name": agency["name"], "ref": agency["ref"], "type": None if agency["kind"] == "other" else MULTILATERAL}


def _giver(donor: Facts) -> Facts:
    return {"name": donor["name"], "ref": donor["ref"], "type": DONOR_TYPES.get(donor["kind"])}


def _funders(told: Facts) -> list[Facts]:
    """Donors that have committed or given something: a pledge funds nothing yet, and what was cancelled never will."""
    return [_giver(one["donor"]) for one in told["gifts"] if one["instalments"] or (one["committed_on"] and one["state"] != "cancelled")]


def _participants(told: Facts) -> list[tuple[str, Facts]]:
    """Who takes part, each once in each role."""
    lead = lead_of(told)
    found = [(FUNDING, one) for one in _funders(told)]
    found += [(ACCOUNTABLE, _typed(lead))] if lead else []
    found += [(EXTENDING, _typed(one["receiver"])) for one in told["gifts"] if one["receiver"] and one["receiver"] != lead]
    found += [(IMPLEMENTING, _typed(part["agency"])) for part in told["parts"]]
    once = {(role, organisation["name"]): organisation for role, organisation in found}
    return [(role, organisation) for (role, _), organisation in once.items()]


def _last_updated(told: Facts) -> str:
    entries = [*told["parts"], *told["gifts"], *told["passings"], *(came for gift in told["gifts"] for came in gift["instalments"])]
    return str(max(one[name] for one in (told, told["group"], *entries) for name in ("updated_at", "donor_updated_at") if name in one))


def _budgets(told: Facts) -> list[tuple[date, date, int]]:
    """Budgets of at most a year each, as the standard has them: by years where the lines name them, else the whole of a short project."""
    starts, ends = (date.fromisoformat(told[name]) if told[name] else None for name in ("starts_on", "ends_on"))
    by_year: dict[int, int] = {}
    for line in told["lines"]:
        if line["year"]:
            by_year[line["year"]] = by_year.get(line["year"], 0) + line["amount"]
    if by_year:
        return [(*_year(year, starts, ends), amount) for year, amount in sorted(by_year.items())]
    short = (
        told["budget"] is not None and starts and ends and (ends.year - starts.year, ends.month, ends.day) < (1, starts.month, starts.day)
    )
    return [(starts, ends, told["budget"])] if short and starts and ends else []


def _year(year: int, starts: date | None, ends: date | None) -> tuple[date, date]:
    """A year's part in which the project runs; the whole year where it does not."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    first = starts if starts and first < starts <= last else first
    last = ends if ends and first <= ends < last else last
    return first, last


def _budget(parent: ET.Element, told: Facts, first: date, last: date, amount: int) -> None:
    budget = ET.SubElement(parent, "budget", type="1", status="2" if told["state"] in FIRM else "1")
    ET.SubElement(budget, "period-start", {"iso-date": first.isoformat()})
    ET.SubElement(budget, "period-end", {"iso-date": last.isoformat()})
    _value(budget, amount, told["currency"], first.isoformat())


def _value(parent: ET.Element, amount: int, currency: str, on: str) -> None:
    ET.SubElement(parent, "value", {"currency": currency, "value-date": on}).text = amount_text(amount, currency)


def _transactions(told: Facts) -> list[Facts]:
    """What was pledged, committed, received and passed on. What was cancelled is taken off what had promised it; a mistake never was."""
    lead = lead_of(told)
    here = _typed(lead) if lead else None
    found: list[Facts] = []
    for gift in told["gifts"]:
        of = {
            "currency": gift["currency"], "provider": _giver(gift["donor"]), "receiver": _typed(gift["receiver"]) if gift["receiver"] else here,
            "text": ": ".join(text for text in (GIVEN.get(gift["kind"]), gift["description"]) if text),
        }  # fmt: skip
        promised = gift["amount"] and gift["amount"] - gift["cancelled"]
        if gift["pledged_on"]:
            pledge = (gift["pledged"], gift["pledged_on"]) if gift["committed_on"] else (promised, gift["value_on"])
            found.append(
                {
                    **of,
                    "type": INCOMING_PLEDGE,
                    "ref": f"{gift['id']}-pledge",
                    "on": gift["pledged_on"],
                    "amount": pledge[0],
                    "value_on": pledge[1],
                }
            )
        if gift["committed_on"]:
            found.append(
                {
                    **of,
                    "type": INCOMING_COMMITMENT,
                    "ref": gift["id"],
                    "on": gift["committed_on"],
                    "amount": promised,
                    "value_on": gift["value_on"],
                }
            )
        found += [
            {**of, "type": INCOMING_FUNDS, "ref": one["id"], "on": one["on"], "amount": one["amount"], "value_on": one["value_on"]}
            for one in gift["instalments"]
        ]
    found += [_passed(told, one, here) for one in told["passings"]]
    return [one for one in found if one["amount"]]


def _passed(told: Facts, entry: Facts, here: Facts | None) -> Facts:
    """Left-over money: from its project a disbursement, in the other one incoming funds."""
    other, group = entry["other"], told["group"]
    ref = other and (group["ref"] or other["ref"])
    at = identifier(ref, group["code"], other["code"]) if ref else None
    leaves = entry["amount"] < 0
    return {
        "type": DISBURSEMENT if leaves else INCOMING_FUNDS, "ref": entry["id"], "on": entry["on"], "value_on": entry["on"], "amount": abs(entry["amount"]),
        "currency": entry["currency"], "text": "Left over, passed on to another activity" if leaves else "Left over of another activity",
        "provider": here if leaves else None, "receiver": None if leaves else here, "receiver_activity": leaves and at, "provider_activity": not leaves and at,
    }  # fmt: skip


def _transaction(parent: ET.Element, told: Facts) -> None:
    one = ET.SubElement(parent, "transaction", ref=told["ref"])
    ET.SubElement(one, "transaction-type", code=told["type"])
    ET.SubElement(one, "transaction-date", {"iso-date": told["on"]})
    _value(one, told["amount"], told["currency"], told["value_on"])
    if told["text"]:
        _narrated(one, "description", told["text"])
    for side in ("provider", "receiver"):
        if organisation := told[side]:
            _organisation(one, f"{side}-org", organisation)
        elif activity_id := told.get(f"{side}_activity"):
            ET.SubElement(one, f"{side}-org", {f"{side}-activity-id": activity_id})


def _documents(sources: Iterable[str]) -> list[tuple[str, str]]:
    """The sources that have an address, with their titles."""
    found = (ADDRESS.fullmatch(source) for source in sources)
    return [(one["title"] or one["url"], one["url"]) for one in found if one]


def _document(parent: ET.Element, title: str, url: str) -> None:
    path = urlsplit(url).path.lower()
    kind = mimetypes.types_map.get(path[path.rfind(".") :], "text/html") if path.endswith(DOCUMENTS) else "text/html"
    link = ET.SubElement(parent, "document-link", url=clean(url), format=kind)
    _narrated(link, "title", title)
    ET.SubElement(link, "category", code=WEB_PAGE)
