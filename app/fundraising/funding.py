"""The funding of a project, a plan or a group for one reader: who sees it, in which currency, on which day's rates."""

from datetime import date
from typing import Any

from fastapi.responses import Response

from app.core.errors import Forbidden
from app.core.money import DECIMALS, PIVOT
from app.core.openapi import query
from app.core.parameters import choice, unfit
from app.core.reading import Read, compact, json_response
from app.fundraising.gap import GROUPINGS, Money, hide_drafts, report
from app.fundraising.money_queries import read_money
from app.fundraising.queries import inside
from app.fundraising.rules import SOUGHT, STATES
from app.policy import Permission

CURRENCY = query("currency", "The currency of the figures; default the one that all these projects use, else USD.") | {"example": "USD"}
RATES_ON = {
    "name": "rates_on", "in": "query", "required": False, "description": "The day whose exchange rates compare the projects; default today.",
    "schema": {"type": "string", "format": "date"}, "example": "2014-07-01",
}  # fmt: skip
PARTS = query("by", "What each row stands for.", *GROUPINGS)
ASKS = (PARTS, CURRENCY, RATES_ON)
NAMES = ("by", "currency", "rates_on")


def sees_totals(read: Read, group_id: str, shared: bool) -> bool:
    """Whether a reader sees a group's totals; `Forbidden` where they do not, and of a past wherever they are not inside."""
    if (shared and not read.past) or read.actor.administers_all or group_id in inside(read.actor):
        return True
    raise Forbidden(permission=Permission.READ_FUNDING.value)


def currency_among(given: dict[str, str], everything: list[Money]) -> str:
    """The currency of the figures."""
    if "currency" in given:
        if given["currency"] not in DECIMALS:
            raise unfit("currency", "it takes a code of ISO 4217, such as USD")
        return given["currency"]
    used = {money.currency for money in everything}
    return used.pop() if len(used) == 1 else PIVOT


def rates_day(read: Read, given: dict[str, str], today: date) -> date:
    """The day whose rates compare projects."""
    return (read.day({"as_of": given["rates_on"]}) or today) if "rates_on" in given else today


async def funding(
    read: Read, given: dict[str, str], *, level: str, place: str, group_id: str, today: date, by: str, workplan: str | None = None
) -> Response:
    """The figures of one project, or of a group's that are sought, or of a plan's part in them."""
    by = choice("by", given.get("by", by), tuple(GROUPINGS))
    wanted = [given["currency"]] if given.get("currency") in DECIMALS else [PIVOT]
    everything, rates = await read_money(read, level, place, today, *wanted, inside=read.actor.sees(group_id))
    if not read.actor.sees(group_id):
        hide_drafts(everything)
    currency, on = currency_among(given, everything), rates_day(read, given, today)
    states = STATES if level == "project" else SOUGHT
    told = report(everything, rates, by=by, currency=currency, on=on, workplan=workplan, states=states)
    body: dict[str, Any] = {"measure": "funding", "by": by, **told.shown()}
    return json_response(compact(body))
