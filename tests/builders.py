"""Builders that put real rows into the real database and say only what matters to a test."""

import os
import re
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import orjson
from flask import Flask
from flask.testing import FlaskClient

from reviewdesk.accounts.models import Organisation, Person
from reviewdesk.accounts.passwords import hash_password
from reviewdesk.actor import Actor, system
from reviewdesk.addresses import address_key
from reviewdesk.audit.packing import pack
from reviewdesk.clock import today
from reviewdesk.db import new_id, unit_of_work
from reviewdesk.intake import storage
from reviewdesk.intake.models import Batch, Case, StoredFile, case_ids
from reviewdesk.masking import mask
from reviewdesk.vault import vault
from workers import jobs

PASSWORD = "correct horse battery staple"


class OwnContextClient(FlaskClient):
    """A client whose requests do not share the test's application context, and with it `g`."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Make a request as if nothing else ran in this process."""
        return Context().run(super().open, *args, **kwargs)


@dataclass
class Someone:
    """A person of a test, with what is needed to act as them."""

    org_id: UUID
    person_id: UUID
    email: str
    name: str
    roles: frozenset[str]

    @property
    def actor(self) -> Actor:
        """This person as the author of a unit of work."""
        return Actor("person", self.org_id, self.person_id, self.name, self.roles, ip="127.0.0.1", request_id="test")


@dataclass
class Org:
    """An organisation of a test with one person for each role that it needs."""

    org_id: UUID
    name: str
    people: dict[str, Someone] = field(default_factory=dict)

    def __getattr__(self, role: str) -> Someone:
        try:
            return self.people[role]
        except KeyError:
            raise AttributeError(role) from None


class Bench:
    """What tests build with."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def organisation(self, kind: str = "platform", name: str = "海川消费金融有限公司") -> Org:
        """A fresh organisation with one person for each role of its kind."""
        org = Org(uuid4(), name)
        with unit_of_work(system(org.org_id)) as work:
            work.session.add(Organisation(org_id=org.org_id, kind=kind, name=name))
        roles = (
            ("uploader", "reviewer", "senior_reviewer", "compliance", "administrator")
            if kind == "platform"
            else ("counsel", "compliance", "administrator")
        )
        for role in roles:
            org.people[role] = self.person(org, role)
        return org

    def firm(self, name: str = "广汇律师事务所") -> Org:
        """A fresh law firm."""
        return self.organisation("law_firm", name)

    def person(self, org: Org, *roles: str) -> Someone:
        """Another person in an organisation."""
        tail = uuid4().hex[:10]
        someone = Someone(
            org.org_id, new_id(), f"{roles[0]}-{tail}@example.cn", f"{roles[0]} {tail[:4]}", frozenset(roles)
        )
        with unit_of_work(system(org.org_id)) as work:
            work.session.add(
                Person(
                    org_id=org.org_id,
                    person_id=someone.person_id,
                    email=someone.email,
                    name=someone.name,
                    roles=sorted(roles),
                    password_hash=_hashed(),
                )
            )
        return someone

    def client(self, someone: Someone | None = None) -> FlaskClient:
        """A browser without JavaScript, signed in as someone through the real sign-in page."""
        client = OwnContextClient(self.app, self.app.response_class)
        if someone is not None:
            page = client.get("/sign-in").get_data(as_text=True)
            answer = client.post(
                "/sign-in",
                data={"email": someone.email, "password": PASSWORD, "csrf_token": csrf(page)},
            )
            assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    def batch(self, org: Org, **values: Any) -> UUID:
        """A batch with a stored file, as an import leaves it."""
        by = org.uploader
        with unit_of_work(by.actor) as work:
            file = StoredFile(
                org_id=org.org_id,
                file_id=new_id(),
                kind="workbook",
                name="测试批次.xlsx",
                size=1,
                sha256=uuid4().hex * 2,
                path="none",
                by_id=by.person_id,
                by_name=by.name,
            )
            work.session.add(file)
            work.session.flush()
            batch = Batch(
                org_id=org.org_id,
                batch_id=new_id(),
                name="测试批次",
                file_id=file.file_id,
                by_id=by.person_id,
                by_name=by.name,
                **{"state": "ready", "sheet": "明细", "header_row": 1, **values},
            )
            work.session.add(batch)
        return batch.batch_id

    def case(
        self,
        org: Org,
        batch_id: UUID | None = None,
        *,
        personal: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
        **values: Any,
    ) -> int:
        """A received case. Further columns by name, as `claimed=...`."""
        batch_id = batch_id or self.batch(org)
        who = {"borrower_name": "张三", "id_no": "11010519491231002X", "mobile": "13800138000"} | (personal or {})
        opened, address = vault(), address_key(who)
        with unit_of_work(org.uploader.actor) as work:
            case_id: int = work.session.execute(case_ids.next_value()).scalar_one()
            given = {"account_no": f"HT{case_id:08d}"} | (facts or {})
            work.session.add(
                Case(
                    org_id=org.org_id,
                    case_id=case_id,
                    number=f"C-2026-{case_id:06d}",
                    batch_id=batch_id,
                    row=case_id,
                    account_no=given["account_no"],
                    facts=given,
                    sealed=opened.seal(who, org.org_id, case_id),
                    borrower=mask("borrower_name", who["borrower_name"]),
                    name_index=opened.blind("name", who["borrower_name"], org.org_id),
                    id_index=opened.blind("id_no", who["id_no"], org.org_id),
                    mobile_index=opened.blind("mobile", who["mobile"], org.org_id),
                    address_index=opened.blind("address", address, org.org_id) if address else None,
                    imported_by=values.pop("imported_by", org.uploader.person_id),
                    lender_name=given.get("lender_name"),
                    lender_kind=given.get("lender_kind"),
                    claimed=values.pop("claimed", given.get("total_claimed")),
                    outstanding=given.get("outstanding_principal"),
                    days_overdue=given.get("days_overdue"),
                    **values,
                )
            )
        return case_id

    def audited_case(
        self,
        org: Org,
        batch_id: UUID | None = None,
        *,
        verdict: str = "clear",
        failed: tuple[str, ...] = (),
        **values: Any,
    ) -> int:
        """A case in review with a current audit run whose verdict the test chooses."""
        missing, warned = values.pop("missing", ()), values.pop("warned", ())
        case_id = self.case(org, batch_id, **values)
        findings = [[check, "fail", "error", {"error": "Test"}] for check in failed]
        findings += [[check, "warn", "error", {"error": "Test"}] for check in warned]
        findings += [[check, "missing", "lacking", {"missing": ["annual_rate"]}] for check in missing]
        with unit_of_work(org.uploader.actor) as work:
            run_id = work.execute(
                "INSERT INTO audit_runs (org_id, case_id, batch_id, is_current, policy, as_of, facts_version, verdict,"
                " claimable, excess, failed, warned, missing, findings)"
                " SELECT org_id, case_id, batch_id, true, 'CN-2026.1', :today, 1, :verdict, claimed, 0, :failed,"
                " :warned, :missing, :findings"
                " FROM cases WHERE org_id = :org AND case_id = :case RETURNING run_id",
                org=org.org_id,
                case=case_id,
                today=today(),
                verdict=verdict,
                failed=list(failed),
                warned=list(warned),
                missing=list(missing),
                findings=pack(orjson.dumps(findings)),
            ).scalar_one()
            work.execute(
                "UPDATE cases SET state = 'in_review', version = version + 1, run_id = :run, verdict = :verdict,"
                " failed = :failed, claimable = claimed, excess = 0 WHERE org_id = :org AND case_id = :case",
                org=org.org_id,
                case=case_id,
                run=run_id,
                verdict=verdict,
                failed=list(failed),
            )
        return case_id

    def age_files(self, org: Org, hours: float = 25) -> None:
        """Make the organisation's files of the store older than they are."""
        for path in storage.stored(org.org_id):
            then = storage.settled_at(path).timestamp() - hours * 3600
            os.utime(storage.locate(path), (then, then))

    def run_jobs(self, org: Org, *, until: Callable[[], bool] | None = None, most: int = 200) -> int:
        """Run the organisation's due jobs in this process, in order, as workers do. Returns how many ran."""
        ran = 0
        while ran < most and not (until and until()):
            with unit_of_work(system(org.org_id)) as work:
                job_id = work.execute(
                    "SELECT job_id FROM jobs WHERE org_id = :org AND state = 'pending' "
                    "AND run_after <= clock_timestamp() ORDER BY number LIMIT 1",
                    org=org.org_id,
                ).scalar()
            if job_id is None:
                return ran
            jobs.run(str(job_id))
            ran += 1
        return ran

    def failed_jobs(self, org: Org) -> list[dict[str, Any]]:
        """The organisation's failed or waiting-to-retry jobs, with their errors."""
        with unit_of_work(system(org.org_id)) as work:
            rows = work.execute(
                "SELECT kind, state, error FROM jobs WHERE org_id = :org AND error IS NOT NULL", org=org.org_id
            ).all()
        return [dict(row._mapping) for row in rows]

    def events(self, org: Org, action: str | None = None) -> list[Any]:
        """The organisation's journal, oldest first, or only the events of one action."""
        with unit_of_work(system(org.org_id)) as work:
            rows: list[Any] = work.execute(
                "SELECT * FROM events WHERE org_id = :org AND (CAST(:action AS text) IS NULL OR action = :action) "
                "ORDER BY event_id",
                org=org.org_id,
                action=action,
            ).all()
        return rows


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


def csrf(page: str) -> str:
    """The CSRF token of a page's form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "the page has no CSRF token"
    return found.group(1)
