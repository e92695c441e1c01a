"""A firm's own templates of the complaint: sent in, tried out, taken into use, and given up for ours.

A version is never changed; one of them, or none, is in use. Who sent it and who took it into use is in the journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any, Final

from sqlalchemy import func, select

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, NotFound, Refusal, Text
from reviewdesk.handover.models import ComplaintTemplate
from reviewdesk.handover.word.default import default_template
from reviewdesk.handover.word.names import Values
from reviewdesk.handover.word.process import Filler
from reviewdesk.intake.storage import locate, put
from reviewdesk.journal.service import record
from reviewdesk.review.discretion import discreet

MOST_BYTES: Final = 2 * 1024**2
MOST_VERSIONS: Final = 200
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
"""The media type of a Word document."""


def add(actor: Actor, name: str, stream: IO[bytes]) -> ComplaintTemplate:
    """Keep a template as the next version, once it was looked through and filled with a made-up suit.

    Raises:
        Invalid: it is too large, no Word document, does things by itself, or cannot be filled.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1024**2
        raise Invalid(
            "template.too_large",
            Text(
                f"模板超过 {most} MB。请压缩或删去其中的图片。",
                f"The template is larger than {most} MB. Compress its pictures, or leave them out.",
            ),
            field="file",
        )
    with Filler(content) as filler:
        filler.try_out()
        placeholders = filler.placeholders
    with unit_of_work(actor) as work:
        sha256 = hashlib.sha256(content).hexdigest()
        made = ComplaintTemplate(
            org_id=work.org_id,
            version=_next_version(work),
            name=discreet(PurePath(name.replace("\\", "/")).name)[:200] or "template.docx",
            path=f"{work.org_id}/templates/{sha256}",
            sha256=sha256,
            size=len(content),
            placeholders=placeholders,
            in_use=False,
            by_id=actor.person_id,
            by_name=actor.name,
        )
        put(made.path, content)
        work.session.add(made)
        work.session.flush()
        record(work, "handover:template:add", _subject(made.version), new=_told(made))
    return made


def _next_version(work: Work) -> int:
    """The number of the next version; who asks at the same time waits."""
    work.execute("SELECT pg_advisory_xact_lock(hashtext('complaint_templates:' || :org))", org=str(work.org_id))
    last = work.session.scalar(select(func.max(ComplaintTemplate.version)).filter_by(org_id=work.org_id)) or 0
    if last >= MOST_VERSIONS:
        raise Invalid(
            "template.too_many",
            Text(
                f"最多保留 {MOST_VERSIONS} 版模板。请从已有的版本中启用一版。",
                f"At most {MOST_VERSIONS} versions are kept. Take one of them into use.",
            ),
            field="file",
        )
    return int(last) + 1


def use(actor: Actor, version: int | None) -> None:
    """Take a version into use, or with None go back to our template. What is in use already stays so, without an event.

    Raises:
        NotFound: the firm has no such version.
    """
    with unit_of_work(actor) as work:
        found = list(work.session.scalars(select(ComplaintTemplate).filter_by(org_id=work.org_id).with_for_update()))
        before = next((one.version for one in found if one.in_use), None)
        if version is not None and version not in {one.version for one in found}:
            raise _unknown(version, "handover:template:use")
        if before == version:
            return
        for one in found:
            one.in_use = False
        work.session.flush()
        for one in found:
            one.in_use = one.version == version
        record(work, "handover:template:use", _subject(version), old={"template": before}, new={"template": version})


@dataclass(frozen=True, slots=True)
class Shelf:
    """The versions of a firm, latest first."""

    versions: list[ComplaintTemplate]

    @property
    def in_use(self) -> ComplaintTemplate | None:
        """The version in use; None where ours is."""
        return next((one for one in self.versions if one.in_use), None)


def shelf(actor: Actor) -> Shelf:
    """The versions of the actor's firm."""
    with unit_of_work(actor) as work:
        wanted = select(ComplaintTemplate).filter_by(org_id=work.org_id)
        return Shelf(list(work.session.scalars(wanted.order_by(ComplaintTemplate.version.desc()))))


def file(actor: Actor, version: int | None) -> tuple[bytes, str]:
    """A version as it was sent, or with None our template, and its name.

    Raises:
        NotFound: the firm has no such version.
    """
    if version is None:
        return default_template(), "民事起诉状-内置模板.docx"
    with unit_of_work(actor) as work:
        found = work.session.get(ComplaintTemplate, (work.org_id, version)) if version <= MOST_VERSIONS else None
        if found is None:
            raise _unknown(version, "handover:template:file")
        return locate(found.path).read_bytes(), found.name


def preview(actor: Actor, version: int | None) -> tuple[bytes, str]:
    """The document of a made-up suit from a version or, with None, from our template, and its name.

    Raises:
        NotFound: the firm has no such version.
        Invalid: no document can be made of it.
    """
    content, _name = file(actor, version)
    with Filler(content) as filler:
        return filler.try_out(), f"民事起诉状-样例-{f'第{version}版' if version else '内置模板'}.docx"


def _unknown(version: int, action: str) -> NotFound:
    return NotFound(
        "template.version",
        Text(f"没有第 {version} 版模板。", f"There is no version {version} of the template."),
        refusal=Refusal(action, _subject(version)),
    )


def _subject(version: int | None) -> tuple[str, str]:
    return "template", str(version or 0)


def _told(made: ComplaintTemplate) -> Mapping[str, Any]:
    return {"template": made.version, "name": made.name, "sha256": made.sha256, "size": made.size}


# --- in packs ---------------------------------------------------------------------------------------------------------


class Drafts:
    """Makes the Word complaints of one pack from the template in use; used as a context manager.

    Where the firm's own template fails, ours takes its place for the rest of the pack, and `failed` says why.
    """

    def __init__(self, own: bytes | None, version: int | None = None) -> None:
        self._own, self.version = own, version
        self._stack = ExitStack()
        self._filler: Filler | None = None
        self.failed: Text | None = None

    def __enter__(self) -> Drafts:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def make(self, values: Values) -> bytes:
        """The Word document of a complaint."""
        if self._own is not None and self.failed is None:
            try:
                return self._fill(self._own, values)
            except Invalid as error:
                self.failed = error.text
                self._stack.close()
                self._filler = None
        return self._fill(default_template(), values)

    def _fill(self, template: bytes, values: Values) -> bytes:
        if self._filler is None:
            self._filler = self._stack.enter_context(Filler(template))
        return self._filler.fill(values)

    @property
    def used(self) -> int | None:
        """The version that made them; None where ours did."""
        return self.version if self.failed is None else None

    @property
    def told(self) -> str:
        """Which template made them, for the reader of the pack."""
        if self.version is None:
            return "内置模板"
        own = f"本机构模板第{self.version}版"
        return own if self.failed is None else f"内置模板（{own}无法使用：{self.failed.zh}）"


def drafts_of(work: Work) -> Drafts:
    """Drafts by the template that the organisation of this work has in use."""
    wanted = select(ComplaintTemplate).filter_by(org_id=work.org_id, in_use=True)
    found = work.session.scalar(wanted)
    return Drafts(None) if found is None else Drafts(locate(found.path).read_bytes(), found.version)
