"""The proof that every change of a case's state has its event: `reviewdesk audit-log prove`.

For each case the events of its moves, those about the case alone and those about a set that holds it, must lead from
`received` to the state that the case is in, each beginning where the one before ended; and an event must tell of the
case's coming. It is one statement over the whole journal of an organisation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from reviewdesk.actor import Actor, system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Text

FIRST = "received"
BIRTH = "intake:case:receive"
"""The event by which cases come."""

WRONG = {
    "no_birth": Text("没有导入事件", "no event tells of its coming"),
    "broken": Text("状态事件前后不衔接", "its events do not follow from each other"),
    "differs": Text("现状态与日志不符", "its state is not the one that its events lead to"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose events do not lead to its state. `journal_state` is where they lead."""

    case_id: int
    number: str
    state: str
    journal_state: str
    why: str

    @property
    def sentence(self) -> Text:
        """The failure for the command line."""
        wrong = WRONG[self.why]
        return Text(
            f"{self.number}：{wrong.zh}（案件 {self.state}，日志 {self.journal_state}）",
            f"{self.number}: {wrong.en} (case {self.state}, journal {self.journal_state})",
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of one organisation: how many cases and moves were followed, and where the chain fails."""

    org_id: UUID
    organisation: str
    cases: int
    moves: int
    failures: tuple[Failure, ...]

    @property
    def holds(self) -> bool:
        """Whether every change of state has its event."""
        return not self.failures


# A set event is unrolled into its cases; `lag` sets each move beside the one before it.
_PROVE = """
WITH moves AS MATERIALIZED (
    SELECT event_id, case_id, cases, old ->> 'state' AS source, new ->> 'state' AS target
    FROM events
    WHERE org_id = :org AND outcome = 'done' AND starts_with(action, 'review:case:')
      AND old ->> 'state' IS NOT NULL AND new ->> 'state' IS NOT NULL
), steps AS (
    SELECT case_id, event_id, source, target FROM moves WHERE case_id IS NOT NULL
    UNION ALL
    SELECT one.case_id, m.event_id, m.source, m.target
    FROM moves m, unnest(m.cases) AS r, generate_series(lower(r), upper(r) - 1) AS one(case_id)
    WHERE m.case_id IS NULL
), beside AS (
    SELECT case_id, event_id, source, target,
           lag(target, 1, :first) OVER (PARTITION BY case_id ORDER BY event_id) AS before,
           lead(event_id) OVER (PARTITION BY case_id ORDER BY event_id) IS NULL AS is_last
    FROM steps
), chains AS (
    SELECT case_id, bool_and(source = before) AS unbroken, max(target) FILTER (WHERE is_last) AS target,
           count(*) AS moves
    FROM beside GROUP BY case_id
), births AS (
    SELECT DISTINCT one.case_id
    FROM events e, unnest(e.cases) AS r, generate_series(lower(r), upper(r) - 1) AS one(case_id)
    WHERE e.org_id = :org AND e.outcome = 'done' AND e.action = :birth
    UNION
    SELECT case_id FROM events
    WHERE org_id = :org AND outcome = 'done' AND action = :birth AND case_id IS NOT NULL
), judged AS (
    SELECT c.case_id, c.number, c.state, coalesce(h.target, :first) AS journal_state, coalesce(h.moves, 0) AS moves,
           CASE WHEN b.case_id IS NULL THEN 'no_birth'
                WHEN NOT coalesce(h.unbroken, true) THEN 'broken'
                WHEN c.state <> coalesce(h.target, :first) THEN 'differs' END AS why
    FROM cases c
    LEFT JOIN chains h ON h.case_id = c.case_id
    LEFT JOIN births b ON b.case_id = c.case_id
    WHERE c.org_id = :org
)
SELECT count(*) AS cases, coalesce(sum(moves), 0) AS moves,
       coalesce(jsonb_agg(jsonb_build_array(case_id, number, state, journal_state, why) ORDER BY case_id)
                FILTER (WHERE why IS NOT NULL), '[]') AS failures
FROM judged
"""


def prove(actor: Actor) -> Proof:
    """Follow the events of every case of the actor's organisation from its coming to its present state."""
    with unit_of_work(actor) as work:
        name = work.execute("SELECT name FROM organisations WHERE org_id = :org", org=work.org_id).scalar_one()
        row = work.execute(_PROVE, org=work.org_id, first=FIRST, birth=BIRTH).one()
    failures = tuple(Failure(*failure) for failure in row.failures)
    return Proof(work.org_id, name, row.cases, int(row.moves), failures)


def prove_all() -> Iterator[Proof]:
    """The proof of every lending platform of this house, in the order of their names."""
    with unit_of_work(system(), duty="setup") as work:
        found = work.execute("SELECT org_id FROM organisations WHERE kind = 'platform' ORDER BY name, org_id")
        organisations = list(found.scalars())
    for org_id in organisations:
        yield prove(system(org_id))
