"""The mappings that an organisation has saved: found for a header row, remembered for others, saved anew."""

from sqlalchemy import select

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


def saved_for(work: Work, look: Look) -> SavedMapping | None:
    """The organisation's latest mapping of a look's header row."""
    wanted = select(SavedMapping).where(
        SavedMapping.org_id == work.org_id,
        SavedMapping.header_hash == header_hash(hashed_names(look.names)),
    )
    return work.session.scalar(wanted.order_by(SavedMapping.version.desc()).limit(1))


def layout_change_of(work: Work, look: Look) -> tuple[LayoutChange, SavedMapping] | None:
    """How the file's headers differ from those of the organisation's latest mapping of the same layout."""
    wanted = select(SavedMapping).where(SavedMapping.org_id == work.org_id).order_by(SavedMapping.created_at.desc())
    for saved in work.session.scalars(wanted.limit(REMEMBERED_MAPPINGS)):
        change = layout_change(look.names, saved.headers)
        if change is not None:
            return change, saved
    return None


def remembered_rules(work: Work) -> dict[str, Rule]:
    """What the organisation's latest mappings made of each header, by its folded form."""
    wanted = select(SavedMapping.body).where(SavedMapping.org_id == work.org_id)
    rules: dict[str, Rule] = {}
    for body in work.session.scalars(wanted.order_by(SavedMapping.created_at.desc()).limit(REMEMBERED_MAPPINGS)):
        for rule in Mapping.from_json(body).rules:
            if rule.header:
                rules.setdefault(fold(rule.header).full, rule)
    return rules


def save(work: Work, mapping: Mapping) -> SavedMapping:
    """The saved mapping that says this, or the next version of it for its header row."""
    names = [rule.header for rule in mapping.rules]
    digest = header_hash(hashed_names(names))
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"{work.org_id}{digest}")
    wanted = select(SavedMapping).where(SavedMapping.org_id == work.org_id, SavedMapping.header_hash == digest)
    last = work.session.scalar(wanted.order_by(SavedMapping.version.desc()).limit(1))
    if last is not None and last.body == mapping.to_json():
        return last
    saved = SavedMapping(
        org_id=work.org_id,
        mapping_id=new_id(),
        header_hash=digest,
        version=last.version + 1 if last else 1,
        headers=names,
        body=mapping.to_json(),
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )
    work.session.add(saved)
    work.session.flush()
    return saved
