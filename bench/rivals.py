# mypy: ignore-errors
"""What others take to load the same sheet into PostgreSQL: `python rivals.py FILE URL SECONDS_OF_CALAMINE`.

None of them normalises, seals or reports anything: they only get the cells into a table. Needs pandas, openpyxl,
SQLAlchemy, psycopg, Django and django-import-export, which are no dependencies of ReviewDesk.
"""

import sys
import time
from collections.abc import Callable

HEADER_ROW = 2


def rows_of(file: str) -> tuple[list[str], list[list[str]]]:
    import openpyxl

    sheet = openpyxl.load_workbook(file, read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    width = len(texts[0])
    return texts[0], [row + [""] * (width - len(row)) for row in texts[1:]]


def by_pandas(file: str, url: str) -> None:
    import pandas
    from sqlalchemy import create_engine

    frame = pandas.read_excel(file, header=HEADER_ROW, dtype=object).astype(str)
    frame.to_sql("by_pandas", create_engine(url), if_exists="replace", index=False, method="multi", chunksize=500)


def by_orm(file: str, url: str) -> None:
    from sqlalchemy import Integer, Text, create_engine
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    headers, rows = rows_of(file)
    columns = {f"c{place}": mapped_column(Text) for place in range(len(headers))}
    key = {"id": mapped_column(Integer, primary_key=True)}
    account = type("Account", (Base,), {"__tablename__": "by_orm", **key, **columns})
    engine = create_engine(url)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(account(**{f"c{place}": cell for place, cell in enumerate(row)}) for row in rows)
        session.commit()


def by_import_export(file: str, url: str) -> None:
    import django
    import psycopg
    from django.conf import settings

    places = psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", ""))
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": places["dbname"],
        "USER": places.get("user", ""),
        "PASSWORD": places.get("password", ""),
        "HOST": places.get("host", ""),
        "PORT": places.get("port", ""),
    }
    settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["import_export"], USE_TZ=True)
    django.setup()
    from django.db import connection, models
    from import_export.resources import modelresource_factory
    from tablib import Dataset

    headers, rows = rows_of(file)
    fields = {f"c{place}": models.TextField() for place in range(len(headers))}
    meta = type("Meta", (), {"app_label": "bench", "db_table": "by_import_export"})
    account = type("Account", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    with connection.schema_editor() as editor:
        editor.create_model(account)
    options = {"use_bulk": True, "batch_size": 1000, "skip_diff": True, "report_skipped": False}
    resource = modelresource_factory(model=account)()
    for name, value in options.items():
        setattr(resource._meta, name, value)
    result = resource.import_data(Dataset(*rows, headers=list(fields)), raise_errors=True)
    if result.totals["new"] != len(rows):
        sys.exit(f"django-import-export loaded {result.totals['new']} of {len(rows)} rows")


WAYS: dict[str, Callable[[str, str], None]] = {
    "pandas read_excel + to_sql": by_pandas,
    "openpyxl + SQLAlchemy ORM": by_orm,
    "django-import-export": by_import_export,
}


def main() -> None:
    file, url, read = sys.argv[1], sys.argv[2], float(sys.argv[3])
    for name, load in WAYS.items():
        started = time.perf_counter()
        load(file, url)
        took = time.perf_counter() - started
        print(f"{name:<32}{took:8.2f} s{took / read:8.2f} x", flush=True)


if __name__ == "__main__":
    main()
