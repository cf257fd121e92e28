"""Recording hand-overs of the chair: the note, the pack of the day of its submission, and the acceptance."""

from dataclasses import dataclass
from datetime import date

from app.chairs.models import Chairmanship, Holder
from app.core.errors import UnknownReference
from app.handovers.actions import accept_hand_over, amend_hand_over, hand_over_of, submit_hand_over
from app.handovers.models import HandOver
from app.loading.document import Mistake, Mistakes, Path_
from app.loading.entry import Step
from app.loading.recorder import Recorder
from app.loading.shape import Acceptance, ChairmanshipEntry, GroupEntry, HandOverEntry
from app.loading.timeline import Rank, Timeline
from app.policy import Permission


def plan_hand_overs(desk: Recorder, timeline: Timeline, entry: GroupEntry, path: Path_) -> None:
    """Put the hand-over out of each term on the timeline, after all else that happened on its days."""
    for i, term in enumerate(entry.chairmanships):
        if term.hand_over:
            OneHandOver(desk, timeline, term, term.hand_over, (*path, "chairmanships", i, "hand_over")).plan()


@dataclass
class OneHandOver:
    desk: Recorder
    timeline: Timeline
    term: ChairmanshipEntry
    entry: HandOverEntry
    path: Path_

    def plan(self) -> None:
        entry, at = self.entry, self.timeline.at
        if entry.note:
            at(self.written_on, Rank.NOTE, self.write)
        if entry.submitted:
            step = entry.submitted
            at(step.on, Rank.SUBMIT, lambda: self.submit(step))
        if entry.accepted:
            answer = entry.accepted
            at(answer.on, Rank.TAKE_OVER, lambda: self.accept(answer))

    @property
    def written_on(self) -> date:
        """The day of the note: told, or that of its submission, or today."""
        return self.entry.on or (self.entry.submitted.on if self.entry.submitted else self.desk.today)

    def record(self) -> tuple[Chairmanship, HandOver]:
        """The term of this entry, and the hand-over out of it as it now stands."""
        desk, group = self.desk, self.desk.group
        assert group is not None
        agencies = [desk.agency(h.agency, self.path).id for h in self.term.holders]
        same = [Chairmanship.group_id == group.id, Chairmanship.starts_on == self.term.starts_on, Chairmanship.state == "confirmed"]
        term = desk.work.find(Chairmanship, *same)
        if (
            term is None
            or [h.agency_id for h in desk.work.all(Holder, Holder.chairmanship_id == term.id, order_by=Holder.position)] != agencies
        ):
            raise Mistakes([Mistake("this term is not confirmed, so it is not handed over", self.path, UnknownReference.code())])
        return term, hand_over_of(desk.work, term)

    @property
    def label(self) -> str:
        return ", ".join(h.agency for h in self.term.holders)

    def write(self) -> None:
        term, found = self.record()

        self.desk.step(
            (*self.path, "note"), "note", f"{self.written_on} {self.label}", found, Permission.AMEND_HAND_OVER, self.written_on,
            lambda work: amend_hand_over(work, term, note=self.entry.note), settled=bool(found.version),
        )  # fmt: skip

    def submit(self, step: Step) -> None:
        term, found = self.record()
        self.desk.step(
            (*self.path, "submitted"), "submitted", f"{step.on} {self.label}", found, Permission.SUBMIT_HAND_OVER, step.on,
            lambda work: submit_hand_over(work, term), settled=found.state != "draft",
        )  # fmt: skip

    def accept(self, answer: Acceptance) -> None:
        term, found = self.record()
        self.desk.step(
            (*self.path, "accepted"), "accepted", f"{answer.on} {self.label}", found, Permission.ACCEPT_HAND_OVER, answer.on,
            lambda work: accept_hand_over(work, term, on_behalf_of=None, evidence=answer.evidence), settled=found.state == "accepted",
        )  # fmt: skip
