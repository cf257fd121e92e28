"""What a project's pipeline, its consultations and its money may and may not do."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from app.core.codes import closed
from app.core.countries import names
from app.core.errors import Conflict, Invalid, NotFound, WrongState
from app.core.money import DECIMALS, MOST_DIGITS, amount_text, minor_units
from app.fundraising.models import Consultation, Contribution, Project, ProjectPart

PIPELINE = ("idea", "concept", "consultation", "seeking", "funded", "implementing", "closed")
STATES = closed("project.state", *PIPELINE, "not_funded", "withdrawn")
ENDED = ("closed", "not_funded", "withdrawn")
GATED = ("seeking", "funded", "implementing")
"""States that a project enters only once its country teams were heard."""
FIRM = ("funded", "implementing", "closed")
SOUGHT = tuple(state for state in STATES if state not in ("not_funded", "withdrawn"))
"""States in which a project's budget counts in the totals of a plan or a group."""
VISIBILITIES = closed("project.visibility", "internal", "public")
PART_ROLES = closed("project_part.role", "lead", "partner")
PART_STATES = closed("project_part.state", "proposed", "accepted", "declined", "ended")
OUTCOMES = closed("consultation.outcome", "requested", "no_objection", "comments", "objection", "no_reply", "not_applicable")
ANSWERED = ("no_objection", "comments", "objection")
SETTLED = (*ANSWERED, "not_applicable")
DONOR_KINDS = closed("donor.kind", "government", "multilateral", "agency", "foundation", "private", "other")
GIFTS = closed("contribution.kind", "cash", "in_kind", "secondment")
CONTRIBUTION_STATES = closed("contribution.state", "pledged", "committed", "received", "cancelled")
DIRECTIONS = closed("passing.direction", "out", "in")
WHAT = closed("unconverted.what", "pledged", "committed", "outside", "received", "passed", "project")
UNFOUNDED = ("unverified", "assumed")
"""How certain something is that no published file tells."""
WHOLE = 10_000
"""100 per cent in hundredths."""
YEAR = timedelta(days=366)


class UnknownCurrency(Invalid):
    message = "There is no currency '{currency}'. Use a code of ISO 4217, such as USD."
    pointer = "/currency"


class UnknownCountry(Invalid):
    message = "There is no country '{country}'. Use a two-letter code of ISO 3166-1, such as BD.{hint}"
    pointer = "/countries"


class AmountNotTaken(Invalid):
    message = "{why}"

    def __init__(self, *, why: str, pointer: str, **params: Any) -> None:
        self.pointer = pointer  # type: ignore[misc]
        super().__init__(why=why, **params)


class SharesNotWhole(Invalid):
    message = "The shares of the streams are exactly 100.00 together; these are {sum}: {difference} per cent {word}."
    pointer = "/streams"


class StreamNamedTwice(Invalid):
    message = "Each stream is named once, with one share above 0.00."
    pointer = "/streams"


class BudgetLinesDoNotAddUp(Invalid):
    message = "The budget lines add up to {sum}, the budget is {budget}: they are the same. {difference} {currency} {word}."
    pointer = "/budget_lines"


class BudgetInAnotherCurrency(Invalid):
    message = "With another currency say the budget anew, and its lines."
    pointer = "/budget"


class ProjectCodeTaken(Conflict):
    message = "This group has a project '{code}' already, or one that was proposed under it. Choose another code."


class ProjectLeadTaken(Conflict):
    message = "{agency} has accepted to lead this project at that time. End that part first, or ask for another role."


class PartAlreadyAsked(Conflict):
    message = "{agency} has been asked for this role already ({state}). Answer or end that part first."


class ConsultationMissing(Conflict):
    message = (
        "The country teams of {countries} have not answered. Record each answer (or 'not_applicable' with the reason) with "
        "POST /api/v1/projects/{id}/consultations; where a team let its day pass, a decision may go ahead without it."
    )


class ConsultationObjection(Conflict):
    message = (
        "The country teams of {countries} object. Record what they answer now, or name in 'decision' the one that goes ahead all the same."
    )


class AlreadyConsulted(Conflict):
    message = "The consultation about {country} is recorded already. Change that one with PATCH /api/v1/consultations/{id}."


class CountryTeamTaken(Conflict):
    message = "The country team of {country} is recorded already."


class NotACountryOfTheProject(Invalid):
    message = "{country} is not among the project's countries. Add it to them first."
    pointer = "/country"


class ReasonMissing(Invalid):
    message = "{what} needs the reason."
    pointer = "/reason"


class NotYetSilent(Invalid):
    message = "The country team has until {answer_by} to answer: 'no_reply' is recorded after that day."
    pointer = "/outcome"


class ConsultationDays(Invalid):
    message = "{why}"
    pointer = "/answered_on"


class DonorCodeTaken(Conflict):
    message = "This group has a donor '{code}' already. Use that one, or choose another code."


class AlreadyCommitted(Conflict):
    message = "This pledge was committed on {on} already, as {amount} {currency}. Read it again before you go on."


class MoreThanPromised(Conflict):
    message = "{left} {currency} are left of this contribution to {verb}. For more money record another contribution, or amend this one's amount first."


class LessThanReceived(Conflict):
    message = "{received} {currency} of it have been received or cancelled: it cannot be less than that."


class NothingPromised(Conflict):
    message = "This money came without a promise: it is what came, and no more is to come of it. Record what came beside it as another contribution."


class AlreadyReversed(Conflict):
    message = "This instalment was reversed already."


class AlreadyPassedOn(Conflict):
    message = (
        "{code} has passed on what came with this instalment: {lacking} {currency} would lack. Let the projects that have it pass that much "
        "back first (POST /api/v1/projects/{{id}}/pass-on)."
    )


class MoneyInTheFuture(Invalid):
    message = "Money is recorded once it was pledged, committed or received: {day} is after today, {today}."

    def __init__(self, *, pointer: str, **params: Any) -> None:
        self.pointer = pointer  # type: ignore[misc]
        super().__init__(**params)


class ValueDayNotTaken(Invalid):
    message = "An amount is valued by the exchange rate of a day up to a year from now: {day} is later."
    pointer = "/value_on"


class CommittedBeforePledged(Invalid):
    message = "It was pledged on {pledged_on}: it is committed on that day or later, not on {on}."
    pointer = "/on"


class NotAStreamOfTheProject(Invalid):
    message = "The project does not serve that stream. Earmark one of its streams, or the project as a whole."
    pointer = "/stream"


class StreamIsEarmarked(Conflict):
    message = "Money is earmarked for {streams}. Cancel it or change its earmark before the project leaves that stream."


class NotLeftOver(Conflict):
    message = "{left} {currency} are left of what {code} has received. Pass on at most that."


class SameProject(Invalid):
    message = "Money is passed on to another project."
    pointer = "/to"


class ReceivedUnknown(Conflict):
    message = "What {code} has received cannot be added up: there is no exchange rate of {missing}. Import it with 'troika rates import'."


class RatesNotTaken(Invalid):
    message = "Nothing was imported: {count} row(s) are wrong. {first}"


class NotForIati(NotFound):
    message = "There is no IATI file of {what}: {why}"


class TooManyActivities(Conflict):
    message = "This file would hold more than {most} activities. Ask for the projects in one country with 'country', or for each project's own file."


def check_currency(currency: str) -> None:
    if currency not in DECIMALS:
        raise UnknownCurrency(currency=currency)


def check_countries(codes: Sequence[str], pointer: str = "/countries") -> None:
    """Refuse what is no country of today, with the code that its name may have meant."""
    for code in codes:
        if code not in names():
            near = {"UK": "GB", "EL": "GR", "XK": None}.get(code)
            problem = UnknownCountry(country=code, hint=f" Did you mean {near}?" if near else "")
            problem.pointer = pointer  # type: ignore[misc]
            raise problem


def whole_amount(text: str, currency: str, pointer: str) -> int:
    """An amount above zero in minor units; `AmountNotTaken` says what would be right."""
    check_currency(currency)
    try:
        units = minor_units(text, currency)
    except ValueError as error:
        raise AmountNotTaken(why=f"The amount does not fit: {error}.", pointer=pointer) from None
    if units == 0:
        raise AmountNotTaken(why="An amount is above zero. Where it is not known, leave it out.", pointer=pointer)
    return units


def hundredths(share: str) -> int:
    """A share such as 33.34 in hundredths of a per cent."""
    whole, _, decimals = share.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def percent(share: int) -> str:
    return f"{share // 100}.{share % 100:02}"


def check_shares(shares: Sequence[tuple[str, int]]) -> None:
    """Shares are exactly 100 per cent together, whichever way they were rounded; a project may serve no stream yet."""
    if not shares:
        return
    if len({stream for stream, _ in shares}) < len(shares) or not all(share for _, share in shares):
        raise StreamNamedTwice()
    total = sum(share for _, share in shares)
    if total != WHOLE:
        word = "missing" if total < WHOLE else "too much"
        raise SharesNotWhole(sum=percent(total), difference=percent(abs(WHOLE - total)), word=word)


def check_lines(lines: Sequence[int], budget: int | None, currency: str) -> int | None:
    """The budget that lines add up to. Where a budget is given too, it is the same."""
    if not lines:
        return budget
    total = sum(lines)
    if total >= 10 ** (MOST_DIGITS + DECIMALS[currency]):
        raise AmountNotTaken(
            why=f"The lines add up to more than an amount can be: {MOST_DIGITS} digits before the point.", pointer="/budget_lines"
        )
    if budget is not None and total != budget:
        raise BudgetLinesDoNotAddUp(
            sum=amount_text(total, currency), budget=amount_text(budget, currency), difference=amount_text(abs(budget - total), currency),
            currency=currency, word="missing" if total < budget else "too much",
        )  # fmt: skip
    return total


def check_alive(project: Project) -> None:
    """Refuse a change of a project that has ended."""
    if project.state in ENDED:
        raise WrongState(what="project", state=project.state, allowed=", ".join(s for s in STATES if s not in ENDED))


def steps_from(state: str) -> tuple[str, ...]:
    """The states that can be entered from one. Before money is sought a project may leave states out; after that it takes each."""
    if state in ENDED:
        return ()
    at = PIPELINE.index(state)
    ahead = PIPELINE[at + 1 : 4] if at < 3 else PIPELINE[at + 1 : at + 2]
    return (*ahead, "not_funded", "withdrawn") if at < 4 else (*ahead, "withdrawn")


def check_advance(project: Project, to: str, reason: str | None) -> None:
    """Refuse a step that the pipeline does not have, and an end without success that is not explained."""
    if to in ("not_funded", "withdrawn") and not reason:
        raise ReasonMissing(what=f"Ending a project as {to}")
    if to not in steps_from(project.state):
        from_where = [state for state in STATES if to in steps_from(state)]
        raise WrongState(what="project", state=project.state, allowed=", ".join(from_where) or "none")


def check_gate(project: Project, countries: Sequence[str], consultations: Mapping[str, Consultation], decided: bool) -> None:
    """Money is sought once every country team was heard. A decision overrides objections, and silence, but not that nobody asked."""

    def heard(country: str) -> bool:
        one = consultations.get(country)
        silent = one is not None and one.outcome == "no_reply"
        return one is not None and (one.outcome in SETTLED or (silent and (decided or one.decision_id is not None)))

    missing = [country for country in countries if not heard(country)]
    if missing:
        raise ConsultationMissing(countries=", ".join(missing), id=project.id)
    objecting = [c for c in countries if consultations[c].outcome == "objection" and not consultations[c].decision_id]
    if objecting and not decided:
        raise ConsultationObjection(countries=", ".join(objecting))


def check_consultation(found: Mapping[str, Any], today: date) -> None:
    """What belongs to each outcome: a reason, an answer's day, a day that has passed."""
    outcome, asked, answered = found["outcome"], found["requested_on"], found["answered_on"]
    if outcome == "not_applicable" and not found["reason"]:
        raise ReasonMissing(what="A consultation that is not applicable")
    if answered and outcome not in ANSWERED:
        raise ConsultationDays(why=f"'{outcome}' has no day of an answer: leave 'answered_on' out, or say what was answered.")
    if answered and (answered > today or (asked and answered < asked)):
        raise ConsultationDays(why=f"An answer is recorded once it was given, after it was asked for: {answered} is not such a day.")
    if outcome == "no_reply" and found["answer_by"] and found["answer_by"] >= today:
        raise NotYetSilent(answer_by=found["answer_by"].isoformat())


def check_money_day(day: date, today: date, pointer: str) -> None:
    if day > today:
        raise MoneyInTheFuture(day=day.isoformat(), today=today.isoformat(), pointer=pointer)


def check_value_day(day: date | None, today: date) -> None:
    if day and day > today + YEAR:
        raise ValueDayNotTaken(day=day.isoformat())


def left_of(contribution: Contribution) -> int | None:
    """What is promised and neither received nor cancelled; None where it is not known how much was promised."""
    if contribution.amount is None:
        return None
    return contribution.amount - contribution.cancelled - contribution.received


def check_left(contribution: Contribution, amount: int, verb: str) -> None:
    """Refuse to receive or cancel more than is left of a contribution."""
    if (left := left_of(contribution)) is not None and amount > left:
        raise MoreThanPromised(left=amount_text(left, contribution.currency), currency=contribution.currency, verb=verb)


def check_open(contribution: Contribution) -> None:
    """Refuse a step with what was wholly received or cancelled."""
    if contribution.state in ("received", "cancelled"):
        raise WrongState(what="contribution", state=contribution.state, allowed="pledged, committed")


def settled_state(contribution: Contribution) -> str:
    """The state that follows from the amounts: what is neither left to come nor came at all is cancelled."""
    if left_of(contribution) == 0:
        return "received" if contribution.received else "cancelled"
    return "committed" if contribution.committed_on else "pledged"


def check_part_answerable(part: ProjectPart) -> None:
    """An ended part is final; ask again instead."""
    if part.state == "ended":
        raise WrongState(what="project part", state="ended", allowed="proposed, accepted, declined")
