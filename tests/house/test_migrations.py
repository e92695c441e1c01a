"""Every migration runs down and up again, one by one, and the schema is the same afterwards."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, make_url, text

from reviewdesk import embedded
from reviewdesk.migrate import MIGRATIONS, downgrade, upgrade
from tests.conftest import RUN_HOME

SCHEMA = """
SELECT 'column', table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'policy', tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', event_object_table, trigger_name, action_statement, event_manipulation, action_timing
FROM information_schema.triggers WHERE trigger_schema = 'public'
UNION ALL SELECT 'grant', table_name, privilege_type, grantee, '', '' FROM information_schema.role_table_grants
WHERE table_schema = 'public'
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid), '', '', '' FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND probin IS NULL
"""


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of an empty database of its own, as the owner of its tables."""
    servers = embedded.attach(Path(os.environ[RUN_HOME]), durable=False)
    name = f"walk_{uuid4().hex[:8]}"
    superuser = make_url(servers.owner_database_url).set(username=embedded.SUPERUSER, database="postgres")
    engine = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER {embedded.OWNER_ROLE}"))
    yield make_url(servers.owner_database_url).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def schema(engine: Engine) -> set[tuple[str, ...]]:
    """Everything of the schema that a migration may change, and the moves that the database allows."""
    with engine.connect() as connection:
        found = {tuple(str(part) for part in row) for row in connection.execute(text(SCHEMA))}
        if connection.execute(text("SELECT to_regclass('case_moves')")).scalar():
            moves = connection.execute(text("SELECT source, target FROM case_moves"))
            found |= {("move", row.source, row.target) for row in moves}
    return found


def revisions() -> list[str]:
    """All revisions, the newest first."""
    return [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def test_all_migrations_go_down_and_up_one_by_one(database: str) -> None:
    engine = create_engine(database)
    newest_first = revisions()
    before: dict[str, set[tuple[str, ...]]] = {}
    for revision in reversed(newest_first):
        upgrade(database, revision)
        before[revision] = schema(engine)
    for revision, below in zip(newest_first, [*newest_first[1:], "base"], strict=True):
        downgrade(database, below)
        assert schema(engine) == before.get(below, schema(engine)), f"{revision} leaves something behind"
        upgrade(database, revision)
        assert schema(engine) == before[revision], f"{revision} does not come back whole"
        downgrade(database, below)
    left = {row for row in schema(engine) if row[0] in ("column", "policy", "trigger") and row[1] != "alembic_version"}
    assert left == set()
    engine.dispose()


ORG = uuid4()
A_BATCH = """
INSERT INTO organisations (org_id, kind, name) VALUES (:org, 'platform', '甲');
INSERT INTO files (org_id, file_id, kind, name, size, sha256, path, by_name)
VALUES (:org, :file, 'workbook', 'a.xlsx', 1, 'x', 'x', '乙');
INSERT INTO batches (org_id, batch_id, name, file_id, by_name, notices)
VALUES (:org, :batch, 'a', :file, '乙', :notices)
"""


def run_all(engine: Engine, statements: str, **values: Any) -> None:
    with engine.begin() as connection:
        for statement in statements.split(";"):
            asked = text(statement)
            connection.execute(asked, {name: values[name] for name in values if f":{name}" in statement})


def test_english_lists_of_old_notices_get_commas(database: str) -> None:
    upgrade(database, "0031")
    engine, batch_id = create_engine(database), uuid4()
    told = {
        "hidden_rows": ("Hidden rows: 3、5; 「甲、2」7、8 … (20)", "Hidden rows: 3, 5; 「甲、2」7, 8 … (20)"),
        "unvalued": ("2 formulas are read as blank: A1、B2. Open", "2 formulas are read as blank: A1, B2. Open"),
        "hidden_columns": (
            "a、1.xlsx: Hidden columns: C 甲、乙; 「丙」A、B",
            "a、1.xlsx: Hidden columns: C 甲、乙; 「丙」A, B",
        ),
        "hidden_sheets": ("Hidden sheets: 3、5", "Hidden sheets: 3、5"),
    }
    notices = [{"code": code, "zh": "、", "en": before} for code, (before, _after) in told.items()]
    run_all(engine, A_BATCH, org=uuid4(), file=uuid4(), batch=batch_id, notices=json.dumps(notices))
    upgrade(database, "0032")
    with engine.connect() as connection:
        (after,) = connection.execute(text("SELECT notices FROM batches")).scalars()
    assert [(one["zh"], one["en"]) for one in after] == [("、", after) for _before, after in told.values()]
    engine.dispose()


A_BULK = """
INSERT INTO bulk_decisions (org_id, bulk_id, deed, choice, check_id, reason, filters, state, counts, by_id, by_name)
VALUES (:org, :bulk, :deed, 'x', 'x', 'x', '{}', 'done', '{}', :org, '乙');
INSERT INTO bulk_items (org_id, bulk_id, case_id, case_version) VALUES (:org, :bulk, 1, 1)
"""


def test_what_older_pages_cannot_show_goes_with_the_names_of_bulk_deeds(database: str) -> None:
    upgrade(database, "0028")
    engine, kept = create_engine(database), uuid4()
    run_all(engine, "INSERT INTO organisations (org_id, kind, name) VALUES (:org, 'platform', '甲')", org=ORG)
    for deed, bulk_id in (("set_aside", kept), ("count_again", uuid4())):
        run_all(engine, A_BULK, org=ORG, bulk=bulk_id, deed=deed)
    downgrade(database, "0027")
    with engine.connect() as connection:
        for asked in ("SELECT bulk_id FROM bulk_decisions", "SELECT bulk_id FROM bulk_items"):
            assert connection.execute(text(asked)).scalars().all() == [kept]
    engine.dispose()
