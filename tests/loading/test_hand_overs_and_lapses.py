"""How a file tells that the chair was handed over, and that a body's time ran out."""

import pytest
import sqlalchemy as sa

from app.loading.document import Document, Mistakes
from app.loading.load import load
from tests.make import Make, ok

FILE = """
troika: 1
agencies:
  - {code: ONE, name: Agency one}
  - {code: TWO, name: Agency two}
groups:
  - code: tst2
    name: Group
    established_on: 2010-01-01
    members: [{agency: ONE}, {agency: TWO}]
    modalities: [{effective_on: 2010-01-01, chair_term_months: 12}]
    chairmanships:
      - state: confirmed
        starts_on: 2011-01-01
        holders: [{agency: ONE}]
        hand_over:
          note: Mind the survey.
          on: 2011-12-01
          submitted: {on: 2011-12-20}
          accepted: {on: 2012-01-10, evidence: Letter of 9 January.}
      - state: confirmed
        starts_on: 2012-01-01
        holders: [{agency: TWO}]
        hand_over: {note: The last one., on: 2012-12-01}
    task_forces:
      - code: TF
        name: Force
        starts_on: 2011-01-01
        sunset_on: 2011-12-31
        decision: undocumented
        activated: {on: 2011-01-01}
        lapsed: {on: 2012-03-01}
    workplans:
      - code: P
        title: Plan
        starts_on: 2011-01-01
        ends_on: 2013-12-31
        streams:
          - code: "1"
            title: Stream
            deliverables:
              - {code: A, title: First, kind: survey, due: 2011-06, delivered: {delivered_on: 2011-12-21, waiver: In print.}}
              - {code: B, title: Second, kind: survey, due: 2012-06}
        closed: {on: 2013-12-31, reason: Its time was over.}
"""


def test_the_pack_is_that_of_the_day_and_nothing_is_taken_twice(make: Make, engine: sa.Engine) -> None:
    report = load(engine, Document("f.yaml", FILE))
    secretariat = make.service.as_(make.token("secretariat", "tst2"))
    first, second = ok(secretariat.get("/chairmanships", params={"group": "tst2"}), 200)["items"]
    found = ok(secretariat.get(f"/chairmanships/{first['id']}/hand-over"), 200)
    assert (found["state"], found["submitted_on"], found["accepted_on"]) == ("accepted", "2011-12-20", "2012-01-10")
    assert (found["on_behalf_of"]["code"], found["evidence"]) == ("TWO", "Letter of 9 January.")
    pack = found["pack"]
    assert (pack["note"], pack["as_of"]) == ("Mind the survey.", "2011-12-20")
    assert [(d["code"], d["overdue"]) for d in pack["deliverables"]] == [("A", True), ("B", False)]
    assert [(b["code"], b["days_left"]) for b in pack["bodies"]] == [("TF", 11)]
    draft = ok(secretariat.get(f"/chairmanships/{second['id']}/hand-over"), 200)
    assert (draft["state"], draft["pack"]["note"]) == ("draft", "The last one.")
    (force,) = ok(secretariat.get("/task-forces", params={"group": "tst2"}), 200)["items"]
    assert (force["state"], force["ended_on"], force["outcome"]) == ("lapsed", "2012-03-01", None)
    (plan,) = ok(secretariat.get("/workplans", params={"group": "tst2"}), 200)["items"]
    assert plan["state"] == "closed"
    before = make.journal()
    again = load(engine, Document("f.yaml", FILE))
    assert make.journal() == before
    assert report != again


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("          submitted: {on: 2011-12-20}\n", "", "wrong_state"),
        ("      - state: confirmed\n        starts_on: 2012", "      - state: nominated\n        starts_on: 2012", "no_incoming_chair"),
        ("      - state: confirmed\n        starts_on: 2011", "      - state: nominated\n        starts_on: 2011", "unknown_reference"),
        ("lapsed: {on: 2012-03-01}", "lapsed: {on: 2011-12-31}", "sunset_not_passed"),
    ],
)
def test_what_cannot_have_been_is_told_with_its_place(make: Make, engine: sa.Engine, old: str, new: str, told: str) -> None:
    assert old in FILE
    text = FILE.replace(old, new).replace("hand_over: {note: The last one., on: 2012-12-01}", "")
    before = make.rows()
    with pytest.raises(Mistakes) as caught:
        load(engine, Document("f.yaml", text))
    assert [m.code for m in caught.value.found] == [told]
    assert make.rows() == before
