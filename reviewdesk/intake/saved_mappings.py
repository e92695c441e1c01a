"""The mappings that an organisation has saved: found for a header row, remembered for others, saved anew.

A retired one is neither found to be followed nor remembered.
"""

from sqlalchemy import ScalarResult, select

from reviewdesk.db import Work, new_id
from reviewdesk.intake.headers import fold, header_hash
from reviewdesk.intake.looking import (
    LayoutChange,
    Look,
    hashed_names,
    layout_change,
)
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.models import SavedMapping

REMEMBERED_MAPPINGS = 20
UNASKED = ("known", "answer")
"""What settles columns without anybody's looking at the header row anew."""


def saved_for(work: Work, look: Look) -> SavedMapping | None:
    """The organisation's latest mapping of a look's header row; it may be retired."""
    return latest_for(work, header_hash(hashed_names(look.names)))


def latest_for(work: Work, digest: str) -> SavedMapping | None:
    """The latest version of the mapping of a header row, as it stands now."""
    wanted = select(SavedMapping).where(SavedMapping.org_id == work.org_id, SavedMapping.header_hash == digest)
    latest = wanted.order_by(SavedMapping.version.desc()).limit(1)
    return work.session.scalar(latest.execution_options(populate_existing=True))


def _in_use(work: Work) -> ScalarResult[SavedMapping]:
    """The latest mappings that are not retired."""
    wanted = select(SavedMapping).where(SavedMapping.org_id == work.org_id, SavedMapping.retired.is_(None))
    return work.session.scalars(wanted.order_by(SavedMapping.created_at.desc()).limit(REMEMBERED_MAPPINGS))


def layout_change_of(work: Work, look: Look) -> tuple[LayoutChange, SavedMapping] | None:
    """How the file's headers differ from those of the organisation's latest mapping of the same layout."""
    for saved in _in_use(work):
        change = layout_change(look.names, saved.headers)
        if change is not None:
            return change, saved
    return None


def remembered_rules(work: Work) -> dict[str, Rule]:
    """What the organisation's latest mappings made of each header, by its folded form."""
    rules: dict[str, Rule] = {}
    for saved in _in_use(work):
        for rule in Mapping.from_json(saved.body).rules:
            if rule.header:
                rules.setdefault(fold(rule.header).full, rule)
    return rules


def lock_header_row(work: Work, digest: str) -> None:
    """Keep others from saving or retiring the mapping of a header row until this work is done."""
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"{work.org_id}{digest}")


def save(work: Work, mapping: Mapping, *, by: str) -> SavedMapping:
    """The saved mapping that says this, or the next version of it for its header row; `by` settled it.

    Where the mapping was retired, a version that somebody stated or confirmed is in use; others are retired too.
    """
    names = [rule.header for rule in mapping.rules]
    digest = header_hash(hashed_names(names))
    lock_header_row(work, digest)
    last = latest_for(work, digest)
    retired = last.retired if last and by in UNASKED else None
    if last is not None and last.body == mapping.to_json() and last.retired == retired:
        return last
    saved = SavedMapping(
        org_id=work.org_id,
        mapping_id=new_id(),
        header_hash=digest,
        version=last.version + 1 if last else 1,
        headers=names,
        body=mapping.to_json(),
        retired=retired,
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )
    work.session.add(saved)
    work.session.flush()
    return saved
