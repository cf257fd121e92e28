"""A small group of its own, with every key that a file may have."""

SMALL = """\
troika: 1

sources:
  minutes: {title: Minutes of the founding meeting, url: "https://example.org/minutes"}

agencies:
  - {code: HUB, name: The Hub, kind: constituency, aliases: [The hub], constituents: [North, South]}
  - {code: "North", name: Northern Office, kind: other}
  - {code: "South", name: Southern Office, kind: other}
  - {code: "NO", name: Nordic Organization}
  - {code: WATCH, name: Watchers, sources: [minutes], certainty: stated}

people:
  - {name: Ada Example, email: ada@example.org, agency: "NO"}
  - {name: Ben Example, agency: North}

groups:
  - code: delta
    name: Delta group
    established_on: 2015-03-01
    time_zone: Europe/Oslo
    decisions:
      - {code: D/1, decided_on: 2015-03-01, level: principals, text: A task force.}
      - {code: D/2, decided_on: 2016-02-01, level: technical, text: The plan., place: Oslo}
      - {code: D/3, decided_on: 2017-01-15, level: technical, text: More time., method: silence}
    modalities:
      - {effective_on: 2015-03-01, chair_term_months: 12, max_extensions: 2}
      - {effective_on: 2018-03-01, chair_term_months: 24, decision: D/3}
    members:
      - {agency: HUB}
      - {agency: "NO", sources: [minutes, "A letter of 2015"]}
      - {agency: WATCH, role: observer, starts_on: 2015-06-01, ends_on: 2016-05-31}
      - {agency: WATCH, starts_on: 2016-06-01, decision: undocumented, certainty: inferred, note: From its own page.}
    appointments:
      - {person: Ada Example, agency: "NO", role: principal, starts_on: 2015-03-01}
      - {person: Ben Example, agency: HUB, role: focal_point, starts_on: 2015-04-01, ends_on: 2017-01-01}
    chairmanships:
      - {state: confirmed, starts_on: 2015-03-01, holders: [{agency: "NO", principal: Ada Example}]}
      - {state: confirmed, starts_on: 2016-03-01, ends_on: 2016-12-31, holders: [{agency: The hub, coordinator: South}], note: A short one.}
    working_groups:
      - code: WG
        name: Working group
        starts_on: 2015-05-01
        participations:
          - {agency: "NO", role: chair}
          - {agency: WATCH, role: observer, starts_on: 2015-06-01, ends_on: 2016-05-31}
        activated: {on: 2015-05-10}
        rested: {on: 2017-06-01, reason: Nothing to do.}
      - {code: WG-2, name: Second working group, starts_on: 2015-05-01, parent: WG, participations: [{agency: HUB, role: chair}], activated: {on: 2015-05-02}, closed: {on: 2016-01-01, outcome: Merged.}}
      - {code: WG-OF-TF, name: Converted, starts_on: 2017-02-01, predecessor: TF}
    task_forces:
      - code: TF
        name: Task force
        starts_on: 2015-04-01
        sunset_on: 2016-12-31
        decision: D/1
        participations: [{agency: HUB, role: chair}]
        activated: {on: 2015-04-01}
        extensions:
          - {on: 2017-01-15, sunset_on: 2017-06-30, decision: D/3, reason: More time.}
        converted: {on: 2017-02-01, decision: D/3, code: WG-OF-TF, name: Converted}
      - {code: TF-2, name: Second, starts_on: 2015-04-01, sunset_on: 2015-12-31, decision: undocumented, activated: {on: 2015-04-01}, dissolved: {on: 2015-09-01, decision: undocumented, reason: No need.}}
    secretariats:
      - {code: SEC, name: Office, starts_on: 2015-06-01, sunset_on: 2030-12-31, host: "NO", decision: D/1, activated: {on: 2015-06-01}, staff: [{person: Ada Example, agency: "NO"}]}
    workplans:
      - code: P1
        title: First plan
        starts_on: 2016-01-01
        ends_on: 2017-12-31
        circulated_on: 2016-01-15
        endorsed: {on: 2016-02-01, decision: D/2}
        revised:
          - {on: 2017-01-15, decision: D/3, reason: More time., endorsed: {on: 2017-01-20, decision: D/3}}
        closed: {on: 2018-06-30, reason: The second one follows., superseded_by: P2}
        streams:
          - code: A
            title: Stream
            goal: To have one.
            deliverables:
              - code: A1
                title: Old name
                kind: report
                due: 2016-Q4
                topics: [water]
                assignments:
                  - {agency: "NO", role: lead, starts_on: 2016-02-10, answer: accepted, answered: {on: 2016-02-20, evidence: A letter.}, ended: {on: 2017-03-01, reason: Handed over., ends_on: 2017-02-28}}
                  - {agency: HUB, role: lead, starts_on: 2017-03-01, answer: accepted}
                  - {agency: WATCH, role: contributor, starts_on: 2016-06-01, answer: declined, answered: {reason: funding, note: No money., suggest: "NO"}}
                  - {agency: WATCH, role: reviewer, starts_on: 2017-01-01, answer_by: 2017-02-01}
                started: {on: 2016-03-01}
                updates:
                  - {on: 2016-06-01, status: in_progress, percent: 30, confidence: on_track, narrative: Half of the chapters.}
                  - {on: 2016-06-01, percent: 35, narrative: A chapter more., links: ["https://example.org/a1"]}
                confirmed: [{on: 2016-08-01}]
                held: {on: 2016-09-01, reason: No author.}
                resumed: {on: 2016-10-01}
                rescheduled: [{on: 2017-01-16, due: 2017-06}]
                retitled: [{on: 2017-05-01, title: New name, code: A1-new}]
                delivered: {delivered_on: 2017-07, waiver: In print only.}
              - {code: A2, title: Given up, due: 2016, cancelled: {on: 2016-07-01, reason: No longer needed.}, reopened: {on: 2016-08-01, reason: Needed after all.}}
              - {code: A4, title: Dropped, due: 2016, carried_over: {on: 2016-07-01, reason: Nobody asks for it.}}
              - {code: A3, title: Elsewhere, body: WG, added_on: 2017-01-17, superseded: {on: 2017-05-01, reason: Others do it.}}
          - {code: A.1, title: Output, parent: A, lead: HUB}
          - {code: B, title: Second stream, body: TF}
      - code: P2
        title: Second plan
        starts_on: 2018-01-01
        ends_on: 2019-12-31
        drafted_on: 2017-10-01
        streams:
          - {code: A, title: Stream, deliverables: [{code: A1, title: Sequel, due: 2019, carried_from: P1/A1}]}
"""
