"""Files that people attach to a case: kept unchanged, by content, and never in anybody's way."""

import re
from pathlib import Path
from typing import IO
from uuid import UUID

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.db import new_id, unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Refusal, Text
from reviewdesk.intake.models import StoredFile
from reviewdesk.intake.storage import keep, locate
from reviewdesk.journal.service import record
from reviewdesk.review.casefile import EVIDENCE
from reviewdesk.review.desk import visible_case

MOST_NAME = 120
"""Characters of a file's name."""


def attach(actor: Actor, case_id: int, name: str, stream: IO[bytes]) -> StoredFile:
    """Keep a file with a case. It changes no version, so it is never in anybody's way.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: the file is empty, above the limit, or has no name.
    """
    name = _clean(name)
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:file:attach")
        if not (may(actor.roles, Ability.UPLOAD) or may(actor.roles, Ability.REVIEW)):
            raise NotAllowed(
                "role_needed",
                Text("您的角色不能添加附件。", "Your role may not attach files."),
                refusal=Refusal("review:file:attach", ("case", str(case_id)), case_id, str(case.batch_id)),
            )
        stored = keep(stream, work.org_id)
        kept = StoredFile(
            org_id=work.org_id,
            file_id=new_id(),
            kind=EVIDENCE,
            name=name,
            size=stored.size,
            sha256=stored.sha256,
            path=stored.path,
            by_id=actor.person_id,
            by_name=actor.name,
            case_id=case_id,
        )
        work.session.add(kept)
        work.session.flush()
        record(
            work,
            "review:file:attach",
            ("file", kept.file_id),
            new={"sha256": stored.sha256, "size": stored.size},
            case_id=case_id,
            batch_id=case.batch_id,
        )
    return kept


def fetch(actor: Actor, case_id: int, file_id: UUID) -> tuple[Path, str]:
    """The path and name of a case's file; fetching it is an event.

    Raises:
        NotFound: the case has no such file, or the organisation no such case.
        NotAllowed: the actor's roles see no cases.
    """
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:file:fetch")
        kept = work.session.get(StoredFile, (work.org_id, file_id))
        if kept is None or kept.case_id != case_id or kept.kind != EVIDENCE:
            raise NotFound(
                "file.unknown",
                Text("没有这一附件。", "There is no such file."),
                refusal=Refusal("review:file:fetch", ("file", str(file_id)), case_id, str(case.batch_id)),
            )
        record(work, "review:file:fetch", ("file", file_id), case_id=case_id, batch_id=case.batch_id)
        return locate(kept.path), kept.name


def _clean(name: str) -> str:
    """The file's own name without folders and control characters.

    Raises:
        Invalid: nothing is left.
    """
    cleaned = re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", name)[-1]).strip()[-MOST_NAME:]
    if not cleaned:
        raise Invalid("file.none", Text("请选择文件。", "Choose a file."), field="file")
    return cleaned
