"""Recording what donors gave a project, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from app.core.errors import UnknownReference
from app.core.money import DECIMALS, amount_text, minor_units
from app.core.search import fold_name
from app.core.work import Work
from app.fundraising import contribution_actions as money
from app.fundraising.models import Contribution, Donor, DonorReport, Project
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.project_shape import Cancellation, ContributionEntry, Receipt
from app.loading.recorder import Recorder
from app.loading.timeline import Rank, Timeline
from app.policy import Permission
from app.workplans.models import Stream


def same_amount(told: str | None, known: int | None, currency: str) -> str | None:
    """The file's own text where it means the amount that is known, else that one's."""
    if told is not None and known is not None and minor_units(told, currency) == known:
        return told
    return None if known is None else amount_text(known, currency)


@dataclass
class OneContribution:
    desk: Recorder
    timeline: Timeline
    entry: ContributionEntry
    path: Path_
    code: str
    """The project's."""
    project: Callable[[], Project]
    stream: Callable[[str, Path_], Stream]
    record: Contribution | None = None

    def plan(self) -> None:
        entry, at = self.entry, self.timeline.at
        at(entry.on, Rank.MONEY, self.pledge)
        if entry.committed:
            at(entry.committed.on, Rank.MONEY, self.commit)
        for i, one in enumerate(entry.instalments):
            at(one.on, Rank.MONEY, partial(self.receive, one, i))
        for i, cut in enumerate(entry.cancelled):
            at(cut.on, Rank.MONEY, partial(self.cancel, cut, i))
        for i in range(len(entry.reports)):
            at(self.promised_on, Rank.MONEY, partial(self.report, i))

    @property
    def promised_on(self) -> date:
        """The day of the commitment, or of the contribution."""
        return max(self.entry.on, self.entry.committed.on) if self.entry.committed else self.entry.on

    @property
    def label(self) -> str:
        return f"{self.entry.on} {self.code} {self.entry.donor}"

    @property
    def contribution(self) -> Contribution:
        if self.record is None:
            raise Mistakes([Mistake("this step comes before the contribution", self.path, UnknownReference.code())])
        return self.record

    def pledge(self) -> None:
        desk, entry, project = self.desk, self.entry, self.project()
        stream = self.stream(entry.stream, (*self.path, "stream")).id if entry.stream else None
        found = self._find(project, stream)

        def add(work: Work) -> Contribution:
            return money.pledge_contribution(work, project, **entry.values(stream=stream))

        self.record = desk.put(self.path, entry, "contribution", self.label, found, add, entry.on, **(self._actual(found) if found else {}))

    def _find(self, project: Project, stream: str | None) -> Contribution | None:
        """The contribution of that donor whose first step was taken on that day, with that amount if it is known: a later one of the file is another."""
        entry, work = self.entry, self.desk.work
        currency = entry.currency or project.currency
        amount = minor_units(entry.amount, currency) if entry.amount and currency in DECIMALS else None
        donors = {d.id for d in work.all(Donor, Donor.group_id == project.group_id) if fold_name(d.code) == fold_name(entry.donor)}
        donors |= {
            d.id
            for d in work.all(Donor, Donor.group_id == project.group_id)
            if d.agency_id and self.desk.same_agency(entry.donor, d.agency_id) == entry.donor
        }
        same = [Contribution.project_id == project.id, Contribution.currency == currency, Contribution.kind == entry.kind]
        for one in work.all(Contribution, *same, order_by=Contribution.created_at):
            day = one.pledged_on or one.committed_on or one.value_on
            first = amount if entry.amount is None else one.pledged if one.pledged_on else one.amount
            if one.donor_id in donors and (day, first, one.stream_id) == (entry.on, amount, stream) and one.id not in self.desk.claimed:
                return one
        return None

    def _actual(self, found: Contribution) -> dict[str, Any]:
        entry = self.entry
        return {
            "donor": entry.donor, "amount": entry.amount, "currency": entry.currency or found.currency, "on": entry.on, "state": entry.state, "stream": entry.stream,
            "value_on": entry.value_on if entry.committed else found.value_on, "receiver": self.desk.same_agency(entry.receiver, found.receiver_id),
            "agreement": entry.agreement if entry.committed else found.agreement,
            "agreement_ends_on": entry.agreement_ends_on if entry.committed else found.agreement_ends_on,
        }  # fmt: skip

    def commit(self) -> None:
        step = self.entry.committed
        assert step is not None
        self._step(
            "committed",
            step,
            ("committed",),
            Permission.COMMIT_CONTRIBUTION,
            money.commit_contribution,
            settled=bool(self.contribution.committed_on),
        )

    def receive(self, step: Receipt, i: int) -> None:
        self._step("received", step, ("instalments", i), Permission.RECEIVE_CONTRIBUTION, money.receive_contribution)

    def cancel(self, step: Cancellation, i: int) -> None:
        self._step("cancelled", step, ("cancelled", i), Permission.CANCEL_CONTRIBUTION, money.cancel_contribution)

    def _step(self, word: str, step: Any, place: Path_, operation: Permission, act: Any, *, settled: bool = False) -> None:
        found, values = self.contribution, step.values()
        label = f"{step.on} {self.label}"
        self.desk.step(
            (*self.path, *place), word, label, found, operation, step.on, lambda work: act(work, found, **values), settled=settled
        )

    def report(self, i: int) -> None:
        found, entry = self.contribution, self.entry.reports[i]
        path: Path_ = (*self.path, "reports", i)
        same = [DonorReport.contribution_id == found.id, DonorReport.label == entry.label]
        known = self.desk.work.all(DonorReport, *same)
        if not known:
            with self.desk.acting(path, self.promised_on) as work:
                money.schedule_report(work, found, label=entry.label, due_on=entry.due_on)
            known = self.desk.work.all(DonorReport, *same)
            if entry.submitted_on:
                with self.desk.acting(path, entry.submitted_on) as work:
                    money.submit_report(work, known[0], submitted_on=entry.submitted_on, link=entry.link)
            self.desk.report.tell("add", "report", f"{entry.due_on} {self.label}")
        else:
            self.desk.tell_differences(
                "report",
                f"{entry.due_on} {self.label}",
                [n for n in ("due_on", "submitted_on") if getattr(known[0], n) != getattr(entry, n)],
            )
