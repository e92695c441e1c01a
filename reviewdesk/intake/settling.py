"""What is settled of a batch's columns without a person: kept, and handed over to loading, or else waited with."""

from dataclasses import replace

from reviewdesk.db import Work
from reviewdesk.intake.bundle import Looks
from reviewdesk.intake.checking import check_complete
from reviewdesk.intake.kept_looks import keep_look, look_of
from reviewdesk.intake.looking import (
    Look,
    adopted,
    is_in_doubt,
    open_questions,
    proposed_mapping,
    suggestions_of,
    sure_mapping,
)
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import Part, keep_parts, parts_of
from reviewdesk.intake.saved_mappings import remembered_rules, save, saved_for
from reviewdesk.intake.starting import start_file, start_files
from reviewdesk.intake.stating import stated
from reviewdesk.intake.wishes import Wish


def take_in(work: Work, batch: Batch, look: Look, wish: Wish, *, here: bool = False) -> None:
    """Keep what was seen, and go on to loading where the columns are settled: by a job, or `here` by the caller."""
    mapping, settled = settle(work, look, wish)
    if settled:
        check_complete(look.taken(mapping, wish.hidden))
    keep_look(batch, look)
    batch.notices = [notice.as_json() for notice in look.notices]
    _describe(batch, look)
    if settled:
        start_file(work, batch, look, mapping, by=settled, here=here)
    else:
        _wait(batch, mapping)


def _describe(batch: Batch, look: Look) -> None:
    """Write down which table a batch is about, as long as it is one."""
    batch.sheet, batch.header_row, batch.headers = look.sheet, look.header_row, list(look.names)
    batch.counts = {"rows": look.rows, "columns": sum(1 for name in look.names if name)}


def _wait(batch: Batch, mapping: Mapping) -> None:
    """Have a person say what the columns are, beginning with a proposal."""
    batch.state, batch.mapping = "mapping", mapping.to_json()


def take_in_files(work: Work, batch: Batch, looks: Looks, wish: Wish) -> None:
    """Keep what was seen of an archive's files, and settle what can be."""
    for number, (_name, look) in enumerate(looks.files):
        if look is not None:
            keep_look(batch, look, number)
    keep_parts(batch, [Part.seen(name, look) for name, look in looks.files])
    batch.notices = [notice.as_json() for notice in looks.notices]
    settle_files(work, batch, wish)


def settle_files(work: Work, batch: Batch, wish: Wish) -> None:
    """Settle the columns of the files that can be; load them all, or wait for a person at the first in doubt."""
    parts = parts_of(batch)
    doubts: list[tuple[Look, Mapping]] = []
    for number, part in enumerate(parts):
        if part.waits:
            look = look_of(work, batch, number)
            mapping, settled = settle(work, look, wish, one_of_several=True)
            if settled is None:
                doubts.append((look, mapping))
            else:
                parts[number] = part.settled(mapping, save(work, mapping, by=settled), settled)
    keep_parts(batch, parts)
    if doubts:
        look, mapping = doubts[0]
        _describe(batch, look)
        _wait(batch, mapping)
    else:
        start_files(work, batch, parts)


def settle(work: Work, look: Look, wish: Wish, *, one_of_several: bool = False) -> tuple[Mapping, str | None]:
    """The mapping, and by what it is settled: None when it is a proposal that a person must confirm."""
    remembered = remembered_rules(work)
    suggestions = suggestions_of(look, remembered)
    suggested = sure_mapping(look, suggestions, remembered, wish.constants)
    if wish.mapping is not None:
        return stated(replace(suggested, key=()), wish.mapping, where_it_fits=one_of_several), "statement"
    saved = saved_for(work, look)
    if saved is not None and saved.retired is None:
        known = adopted(saved.body, look)
        asks = wish.ask or open_questions(look, known)
        return replace(known, constants={**known.constants, **wish.constants}), None if asks else "known"
    if wish.auto and saved is None and not is_in_doubt(look, suggestions, suggested):
        return suggested, "suggestion"
    return proposed_mapping(look, suggestions, remembered, wish.constants), None
