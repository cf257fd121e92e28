"""Donors and what they give: pledged, committed, received, cancelled, reported on, and passed on where some is left over."""

from datetime import date
from typing import Any

from app.actors import Subject
from app.agencies.actions import find_agency
from app.core.db import id_of, new_id
from app.core.errors import UnknownReference
from app.core.money import amount_text
from app.core.search import fold_name
from app.core.work import Work
from app.decisions.actions import decision_behind
from app.fundraising.actions import leads_of, project_subject, settle_conditions, today_of
from app.fundraising.gap import figures
from app.fundraising.models import Contribution, Donor, DonorReport, Instalment, Passing, Project, ProjectStream
from app.fundraising.money_queries import money_of
from app.fundraising.rules import (
    AlreadyCommitted,
    AlreadyPassedOn,
    AlreadyReversed,
    AmountNotTaken,
    CommittedBeforePledged,
    DonorCodeTaken,
    LessThanReceived,
    NotAStreamOfTheProject,
    NothingPromised,
    NotLeftOver,
    ReasonMissing,
    ReceivedUnknown,
    SameProject,
    check_alive,
    check_currency,
    check_left,
    check_money_day,
    check_open,
    check_value_day,
    left_of,
    settled_state,
    whole_amount,
)
from app.groups.models import Group
from app.policy import Permission


def contribution_subject(work: Work, contribution: Contribution) -> Subject:
    """A contribution as permissions see it: it is a matter of the agency that leads its project."""
    return project_subject(work, work.get(Project, contribution.project_id))


def add_donor(work: Work, group: Group, *, code: str, agency: str | None, **values: Any) -> Donor:
    """Add a donor to a group's register."""
    work.require(Permission.ADD_DONOR, Subject(group.id))
    found = find_agency(work, agency) if agency else None
    if _donor_of(work, group.id, code):
        raise DonorCodeTaken(code=code)
    return work.add(Donor(group_id=group.id, code=code, agency_id=id_of(found), **values))


def amend_donor(work: Work, donor: Donor, **changes: Any) -> Donor:
    """Change a donor's code, name, kind or agency."""
    work.require(Permission.AMEND_DONOR, Subject(donor.group_id))
    work.check_version(donor)
    if "agency" in changes:
        named = changes.pop("agency")
        changes["agency_id"] = find_agency(work, named).id if named else None
    other = _donor_of(work, donor.group_id, changes.get("code", donor.code))
    if other and other.id != donor.id:
        raise DonorCodeTaken(code=other.code)
    work.amend(donor, **changes)
    return donor


def _donor_of(work: Work, group_id: str, code: str) -> Donor | None:
    """The donor of this code, in whatever case; there are not many."""
    wanted = fold_name(code)
    return next((d for d in work.all(Donor, Donor.group_id == group_id) if fold_name(d.code) == wanted), None)


def _named_donor(work: Work, group_id: str, code: str) -> Donor:
    """The donor of a code. One that the group does not know yet is added to its register: an agency under its own name."""
    if known := _donor_of(work, group_id, code):
        return known
    try:
        agency = find_agency(work, code)
    except UnknownReference:
        return work.add(Donor(group_id=group_id, code=code, name=code, kind="other"))
    known = _donor_of(work, group_id, agency.code)
    return known or work.add(Donor(group_id=group_id, code=agency.code, name=agency.name, kind="agency", agency_id=agency.id))


def _earmark(work: Work, project: Project, stream: str | None) -> str | None:
    """The id of the stream that money is earmarked for: one that the project serves."""
    if stream is None:
        return None
    served = work.find(ProjectStream, ProjectStream.project_id == project.id, ProjectStream.stream_id == stream, ProjectStream.share > 0)
    if served is None:
        raise NotAStreamOfTheProject()
    return served.stream_id


def pledge_contribution(
    work: Work, project: Project, *, donor: str, kind: str, state: str, amount: str | None, currency: str | None, on: date | None, value_on: date | None,
    stream: str | None, receiver: str | None, **values: Any,
) -> Contribution:  # fmt: skip
    """Record what a donor pledges, commits or, without either, has given. What is received at once is one instalment of the whole; of
    what is promised the amount may not be known."""
    work.require(Permission.PLEDGE_CONTRIBUTION, project_subject(work, project))
    today = today_of(work, project)
    currency = currency or project.currency
    check_currency(currency)
    units = whole_amount(amount, currency, "/amount") if amount else None
    if units is None and state == "received":
        raise AmountNotTaken(why="Say how much came. Where only a promise is known, record it as pledged or committed.", pointer="/amount")
    day = on or today
    check_money_day(day, today, "/on")
    check_value_day(value_on, today)
    receiving = find_agency(work, receiver, "/receiver") if receiver else None
    earmarked = _earmark(work, project, stream)
    if state != "received":  # money may come after a project has ended, promises do not
        check_alive(project)
    giver = _named_donor(work, project.group_id, donor)
    known: dict[str, dict[str, Any]] = {
        "pledged": {"pledged": units, "pledged_on": day},
        "committed": {"committed_on": day},
        "received": {},
    }
    contribution = Contribution(
        group_id=project.group_id, project_id=project.id, donor_id=giver.id, stream_id=earmarked, receiver_id=id_of(receiving), kind=kind,
        state="pledged" if state == "received" else state, currency=currency, amount=units, value_on=value_on or day, **known[state], **values,
    )  # fmt: skip
    if state == "received" and units is not None:
        contribution.received, contribution.state = units, "received"
        work.add(contribution)
        _take(work, contribution, units, day, value_on or day)
    else:
        work.add(contribution)
    settle_conditions(work, project)
    return contribution


def _take(work: Work, contribution: Contribution, units: int, day: date, value_on: date, **values: Any) -> Instalment:
    same: dict[str, Any] = {"group_id": contribution.group_id, "project_id": contribution.project_id, "contribution_id": contribution.id}
    return work.add(Instalment(**same, amount=units, received_on=day, value_on=value_on, **values))


def commit_contribution(
    work: Work, contribution: Contribution, *, on: date | None, amount: str | None, value_on: date | None, agreement: str | None,
    agreement_ends_on: date | None,
) -> Contribution:  # fmt: skip
    """Turn a pledge into a commitment, of the same or of another amount. It is committed once: whoever comes second is told."""
    work.require(Permission.COMMIT_CONTRIBUTION, contribution_subject(work, contribution))
    project = work.get(Project, contribution.project_id)
    today = today_of(work, project)
    day = on or today
    check_money_day(day, today, "/on")
    check_value_day(value_on, today)
    promised = None if contribution.amount is None else contribution.amount - contribution.cancelled
    units = whole_amount(amount, contribution.currency, "/amount") if amount else promised
    if contribution.committed_on:
        known = "an unknown amount of" if contribution.amount is None else amount_text(contribution.amount, contribution.currency)
        raise AlreadyCommitted(on=contribution.committed_on.isoformat(), amount=known, currency=contribution.currency)
    check_open(contribution)
    check_alive(project)
    if contribution.pledged_on and day < contribution.pledged_on:
        raise CommittedBeforePledged(pledged_on=contribution.pledged_on.isoformat(), on=day.isoformat())
    if units is not None and units < contribution.received:
        raise LessThanReceived(received=amount_text(contribution.received, contribution.currency), currency=contribution.currency)
    contribution.amount, contribution.cancelled, contribution.committed_on, contribution.value_on = units, 0, day, value_on or day
    contribution.agreement = agreement or contribution.agreement
    contribution.agreement_ends_on = agreement_ends_on or contribution.agreement_ends_on
    contribution.state = settled_state(contribution)
    settle_conditions(work, project)
    return contribution


def receive_contribution(
    work: Work,
    contribution: Contribution,
    *,
    amount: str | None,
    on: date | None,
    value_on: date | None,
    reference: str | None,
    **values: Any,
) -> Contribution:
    """Record money that came, by default all that is left. Under a commitment it is part of that; without one it counts by itself."""
    work.require(Permission.RECEIVE_CONTRIBUTION, contribution_subject(work, contribution))
    project = work.get(Project, contribution.project_id)
    today = today_of(work, project)
    day = on or today
    check_money_day(day, today, "/on")
    check_value_day(value_on, today)
    units = whole_amount(amount, contribution.currency, "/amount") if amount else left_of(contribution)
    check_open(contribution)
    if units is None:
        raise AmountNotTaken(why="Say how much came: it is not known how much was promised.", pointer="/amount")
    check_left(contribution, units, "receive")
    contribution.received += units
    contribution.state = settled_state(contribution)
    _take(work, contribution, units, day, value_on or day, reference=reference, **values)
    settle_conditions(work, project)
    return contribution


def reverse_instalment(work: Work, instalment: Instalment, *, reason: str) -> Contribution:
    """Take back an instalment that was recorded by mistake; it stays in the record."""
    contribution = work.get(Contribution, instalment.contribution_id)
    work.require(Permission.REVERSE_INSTALMENT, contribution_subject(work, contribution))
    work.because(reason)
    if instalment.reversed_on:
        raise AlreadyReversed()
    instalment.reversed_on = today_of(work, contribution)
    contribution.received -= instalment.amount
    if contribution.pledged_on is None and contribution.committed_on is None:
        contribution.cancelled += instalment.amount  # it was only ever money that came
    contribution.state = settled_state(contribution)
    _check_still_there(work, contribution)
    return contribution


def _check_still_there(work: Work, contribution: Contribution) -> None:
    """What was passed on came before: a project does not pass on what it never had."""
    project = work.get(Project, contribution.project_id)
    whole = figures(*money_of(work, project.id, today_of(work, project))).whole
    if whole.received + whole.passed < 0:
        lacking = amount_text(-whole.received - whole.passed, project.currency)
        raise AlreadyPassedOn(code=project.code, lacking=lacking, currency=project.currency)


def cancel_contribution(work: Work, contribution: Contribution, *, reason: str, amount: str | None) -> Contribution:
    """Cancel what is left of a contribution, or a part of it: exactly that is open again. What was received stays."""
    work.require(Permission.CANCEL_CONTRIBUTION, contribution_subject(work, contribution))
    work.because(reason)
    given = whole_amount(amount, contribution.currency, "/amount") if amount else None
    if contribution.state == "cancelled" and amount is None:
        return contribution
    check_open(contribution)
    left = left_of(contribution)
    if left is None:
        if given is not None:
            raise AmountNotTaken(
                why="It is not known how much was promised: cancel all that is left, or amend the amount first.", pointer="/amount"
            )
        contribution.amount = contribution.received  # nothing more comes, however much it was
    else:
        units = left if given is None else given
        check_left(contribution, units, "cancel")
        contribution.cancelled += units
    contribution.state = settled_state(contribution)
    contribution.reason = reason
    settle_conditions(work, work.get(Project, contribution.project_id))  # where it was unknown how much would come, the gap is known now
    return contribution


def amend_contribution(work: Work, contribution: Contribution, **changes: Any) -> Contribution:
    """Correct a contribution: its amount, value date, earmark, agreement, receiver or provenance. Why its amount changes is said."""
    project = work.get(Project, contribution.project_id)
    work.require(Permission.AMEND_CONTRIBUTION, project_subject(work, project))
    work.check_version(contribution)
    check_value_day(changes.get("value_on"), today_of(work, project))
    if "amount" in changes:
        units = whole_amount(changes["amount"], contribution.currency, "/amount")
        if contribution.amount not in (None, units) and not changes.get("reason"):
            raise ReasonMissing(what="Another amount")
        if contribution.pledged_on is None and contribution.committed_on is None and units > (contribution.amount or 0):
            raise NothingPromised()
        changes["amount"] = units
    if "stream" in changes:
        changes["stream_id"] = _earmark(work, project, changes.pop("stream"))
    if "receiver" in changes:
        named = changes.pop("receiver")
        changes["receiver_id"] = find_agency(work, named, "/receiver").id if named else None
    gone = contribution.received + contribution.cancelled
    if (promised := changes.get("amount", contribution.amount)) is not None and promised < gone:
        raise LessThanReceived(received=amount_text(gone, contribution.currency), currency=contribution.currency)
    if promised != contribution.amount and "stream_id" not in changes:
        _earmark(work, project, contribution.stream_id)  # what was cancelled kept no stream; it counts again now
    work.because(changes.get("reason"))
    if promised != contribution.amount:
        contribution.amount = promised
        changes["state"] = settled_state(contribution)
    work.amend(contribution, **changes)
    settle_conditions(work, project)
    return contribution


def schedule_report(work: Work, contribution: Contribution, **values: Any) -> Contribution:
    """Note a report that the donor is to have, and by when."""
    work.require(Permission.SCHEDULE_REPORT, contribution_subject(work, contribution))
    same: dict[str, Any] = {"group_id": contribution.group_id, "project_id": contribution.project_id, "contribution_id": contribution.id}
    work.add(DonorReport(**same, **values))
    return contribution


def submit_report(work: Work, report: DonorReport, *, submitted_on: date | None, link: str | None) -> Contribution:
    """Record that a donor has its report; recording it again corrects the day or the link."""
    contribution = work.get(Contribution, report.contribution_id)
    work.require(Permission.SUBMIT_REPORT, contribution_subject(work, contribution))
    today = today_of(work, contribution)
    check_money_day(submitted_on or report.submitted_on or today, today, "/submitted_on")
    report.submitted_on = submitted_on or report.submitted_on or today
    report.link = link or report.link
    return contribution


def pass_on_funds(work: Work, project: Project, *, to: str, amount: str, on: date | None, reason: str, decision: str | None) -> Passing:
    """Pass left-over money on to another project: it leaves this one and arrives in that one, in one step, and is never in both."""
    target = work.get(Project, to) if to != project.id and _same_group(work, project, to) else None
    work.require(
        Permission.PASS_ON_FUNDS,
        Subject(project.group_id, lambda: leads_of(work, project) & (leads_of(work, target) if target else frozenset())),
    )
    if to == project.id:
        raise SameProject()
    if target is None:
        raise UnknownReference(what="project of this group", pointer="/to")
    today = today_of(work, project)
    day = on or today
    check_money_day(day, today, "/on")
    units = whole_amount(amount, project.currency, "/amount")
    work.because(reason)
    behind = decision_behind(work, project.group_id, decision)
    check_alive(target)
    money, rates = money_of(work, project.id, today)
    found = figures(money, rates)
    lost = [one for one in found.unconverted if one.what != "pledged"]
    if lost:
        raise ReceivedUnknown(code=project.code, missing=f"{lost[0].currency} on {lost[0].on}")
    left = found.whole.received + found.whole.passed
    if units > left:
        raise NotLeftOver(left=amount_text(max(left, 0), project.currency), currency=project.currency, code=project.code)
    pair: dict[str, Any] = {
        "group_id": project.group_id,
        "pair_id": new_id(),
        "currency": project.currency,
        "passed_on": day,
        "decision_id": behind,
        "reason": reason,
    }
    leaving = work.add(Passing(project_id=project.id, amount=-units, **pair))
    work.add(Passing(project_id=target.id, amount=units, **pair))
    settle_conditions(work, target)
    return leaving


def _same_group(work: Work, project: Project, id: str) -> bool:
    other = work.session.get(Project, id)
    return other is not None and other.group_id == project.group_id
