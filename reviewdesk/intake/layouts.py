"""The layouts of an organisation's sheets: header rows with a saved mapping, how often each was used, its versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Refusal, Text, bad_cursor
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.mapping_words import Difference, differences, headers_of
from reviewdesk.intake.models import SavedMapping

LAYOUTS_PER_PAGE: Final = 30
VERSIONS_PER_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class LastUse:
    """The latest batch that was imported by a layout's mapping.

    `lenders` are those of its first and its last case, to know the sheet by; none where an archive holds other files.
    """

    batch_id: UUID
    name: str
    at: datetime
    lenders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A header row with its latest mapping, and how many batches were imported by any version of it."""

    latest: SavedMapping
    batches: int
    last: LastUse | None

    @property
    def mapping(self) -> Mapping:
        """What the latest version says."""
        return Mapping.from_json(self.latest.body)

    @property
    def headers(self) -> list[str]:
        """Its headers, as people know them."""
        return headers_of(self.mapping)

    @property
    def filled(self) -> int:
        """How many of its columns fill a field."""
        return sum(1 for rule in self.mapping.rules if rule.filling())

    @property
    def lenders(self) -> tuple[str, ...]:
        """Whose sheet it is: as given for all rows, else as its last batch tells."""
        given = self.mapping.constants.get("lender_name")
        return (given,) if given else self.last.lenders if self.last else ()

    @property
    def cursor(self) -> str:
        """Its place in the list."""
        moment = self.last.at if self.last else self.latest.created_at
        return f"{moment.isoformat()}_{self.latest.header_hash}"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a layout's mapping, the batches imported by it, and what it changed; None: it is the first."""

    saved: SavedMapping
    batches: int
    changes: tuple[Difference, ...] | None


def find_mapping(work: Work, mapping_id: UUID, action: str = "intake:mapping:open") -> SavedMapping:
    """A version of one of the organisation's mappings.

    Raises:
        NotFound: it has none of this id; the attempt goes to the journal.
    """
    saved = work.session.get(SavedMapping, (work.org_id, mapping_id))
    if saved is None:
        raise NotFound(
            "mapping.unknown",
            Text("没有这套列对应，或您无权查看。", "There is no such mapping, or you may not see it."),
            refusal=Refusal(action, ("mapping", str(mapping_id))),
        )
    return saved


# --- how often they were used ----------------------------------------------------------------------------------------

_READ = """
read AS (
    SELECT batch_id, created_at, name, mapping_id, parts IS NULL AS alone FROM batches
    WHERE org_id = :org AND mapping_id IS NOT NULL AND state IN ('auditing', 'ready', 'taking_back', 'taken_back')
    UNION
    SELECT batch_id, created_at, name, CAST(part ->> 'mapping_id' AS uuid), false
    FROM batches, jsonb_array_elements(parts) AS part
    WHERE org_id = :org AND part ->> 'mapping_id' IS NOT NULL
    AND state IN ('auditing', 'ready', 'taking_back', 'taken_back')
)
"""
"""Which batches were imported by which mapping; of an archive each file has a mapping of its own."""

_LATEST = """
latest AS (
    SELECT DISTINCT ON (header_hash) header_hash, mapping_id, created_at, retired IS NULL AS in_use
    FROM mappings WHERE org_id = :org ORDER BY header_hash, version DESC
)
"""

_LAYOUTS = f"""
WITH {_READ},
uses AS (
    SELECT m.header_hash, count(DISTINCT r.batch_id) AS batches, max(r.created_at) AS last_at,
           (array_agg(r.batch_id ORDER BY r.created_at DESC))[1] AS last_id,
           (array_agg(r.name ORDER BY r.created_at DESC))[1] AS last_name,
           (array_agg(r.alone ORDER BY r.created_at DESC))[1] AS alone
    FROM read r JOIN mappings m ON m.org_id = :org AND m.mapping_id = r.mapping_id GROUP BY m.header_hash
),
{_LATEST}
SELECT l.mapping_id, coalesce(u.batches, 0) AS batches, u.last_id, u.last_name, u.last_at,
       CASE WHEN u.alone THEN (
           SELECT array_agg(DISTINCT c.lender_name) FROM (
               (SELECT lender_name FROM cases WHERE org_id = :org AND batch_id = u.last_id ORDER BY row LIMIT 1)
               UNION ALL
               (SELECT lender_name FROM cases WHERE org_id = :org AND batch_id = u.last_id ORDER BY row DESC LIMIT 1)
           ) AS c WHERE c.lender_name <> ''
       ) END AS lenders
FROM latest l LEFT JOIN uses u USING (header_hash)
WHERE (CAST(:digest AS text) IS NULL OR l.header_hash = :digest)
AND (CAST(:in_use AS boolean) IS NULL OR l.in_use = :in_use)
AND (CAST(:at AS timestamptz) IS NULL OR (coalesce(u.last_at, l.created_at), l.header_hash) < (:at, :after))
ORDER BY coalesce(u.last_at, l.created_at) DESC, l.header_hash DESC LIMIT :most
"""  # noqa: S608

_STATES = f"""
WITH {_LATEST}
SELECT count(*) FILTER (WHERE in_use) AS used, count(*) FILTER (WHERE NOT in_use) AS retired FROM latest
"""  # noqa: S608

_COUNTS = f"""
WITH {_READ}
SELECT mapping_id, count(*) FROM read WHERE mapping_id = ANY(CAST(:ids AS uuid[])) GROUP BY mapping_id
"""  # noqa: S608


def list_layouts(
    work: Work, *, in_use: bool | None = None, after: str | None = None, size: int = LAYOUTS_PER_PAGE
) -> list[Layout]:
    """The organisation's layouts, the one used last first, one more than `size` where there is one.

    Raises:
        Invalid: `after` is no cursor of ours.
    """
    at, digest = _read_cursor(after) if after is not None else (None, None)
    return _layouts(work, digest=None, in_use=in_use, at=at, after=digest, most=size + 1)


def layout_of(work: Work, saved: SavedMapping) -> Layout:
    """The layout that a version is of."""
    (found,) = _layouts(work, digest=saved.header_hash, in_use=None, at=None, after=None, most=1)
    return found


def counts(work: Work) -> tuple[int, int]:
    """How many layouts are in use, and how many are retired."""
    row = work.execute(_STATES, org=work.org_id).one()
    return row.used, row.retired


def _layouts(work: Work, **wanted: Any) -> list[Layout]:
    rows = work.execute(_LAYOUTS, org=work.org_id, **wanted).all()
    saved = _by_id(work, [row.mapping_id for row in rows])
    return [Layout(saved[row.mapping_id], row.batches, _last_use(row)) for row in rows]


def _last_use(row: Any) -> LastUse | None:
    if row.last_id is None:
        return None
    return LastUse(row.last_id, row.last_name, row.last_at, tuple(row.lenders or ()))


def _by_id(work: Work, ids: Sequence[UUID]) -> dict[UUID, SavedMapping]:
    wanted = select(SavedMapping).where(SavedMapping.org_id == work.org_id, SavedMapping.mapping_id.in_(ids))
    return {one.mapping_id: one for one in work.session.scalars(wanted)}


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, _sep, digest = cursor.partition("_")
    try:
        return datetime.fromisoformat(moment), digest
    except ValueError as error:
        raise bad_cursor() from error


# --- versions --------------------------------------------------------------------------------------------------------


def versions(
    work: Work, saved: SavedMapping, *, before: int | None = None, size: int = VERSIONS_PER_PAGE
) -> list[Version]:
    """The versions of the mapping that a version is of, latest first, one more than `size` where there is one."""
    wanted = select(SavedMapping).where(
        SavedMapping.org_id == work.org_id, SavedMapping.header_hash == saved.header_hash
    )
    if before is not None:
        wanted = wanted.where(SavedMapping.version < before)
    found = list(work.session.scalars(wanted.order_by(SavedMapping.version.desc()).limit(size + 1)))
    used = dict(work.execute(_COUNTS, org=work.org_id, ids=[one.mapping_id for one in found]).all())
    earlier = [*found[1:], None]
    return [
        Version(one, used.get(one.mapping_id, 0), _changes(last, one)) for one, last in zip(found, earlier, strict=True)
    ]


def _changes(before: SavedMapping | None, after: SavedMapping) -> tuple[Difference, ...] | None:
    if before is None:
        return None
    return differences(Mapping.from_json(before.body), Mapping.from_json(after.body))
