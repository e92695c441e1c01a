"""Which reader a field's cells have, and which cells need none."""

import re
from functools import partial

from reviewdesk.intake.fields import Field
from reviewdesk.intake.headers import MONEY_UNITS, Period
from reviewdesk.intake.values.amounts import read_money
from reviewdesk.intake.values.cells import Reader, Reading, read_bucket, read_name, read_text
from reviewdesk.intake.values.choices import read_choice, read_proof, read_yes_no
from reviewdesk.intake.values.counts import read_count, read_terms
from reviewdesk.intake.values.dates import read_date
from reviewdesk.intake.values.identifiers import read_account, read_card, read_code, read_id_number, read_mobile
from reviewdesk.intake.values.rates import read_rate


def reader_of(
    field: Field,
    unit: str | None = None,
    period: Period | None = None,
    day_count: int = 365,
    reading: Reading | None = None,
    since_1904: bool = False,
) -> Reader:
    """The reader of a field's cells, with the unit and period of its column, and how a person said to read it.

    `since_1904`: the workbook counts its days from 1904.
    """
    unsure = reading in ("unsure", "open")
    if field.kind == "money":
        return partial(read_money, unit=MONEY_UNITS[unit or "元"], negative=field.negative, unsure=unsure)
    if field.kind == "rate":
        return partial(read_rate, unit=unit, period=period, day_count=day_count, reading=reading)
    if field.kind == "terms":
        return partial(read_terms, unit=unit, reading=reading)
    if field.kind == "date":
        return partial(read_date, reading=reading, since_1904=since_1904)
    if field.kind == "choice":
        return partial(read_choice, field=field)
    return _PLAIN_READERS[field.kind]


_PLAIN_READERS: dict[str, Reader] = {
    "account": read_account,
    "text": read_text,
    "name": read_name,
    "address": read_text,
    "id_number": read_id_number,
    "mobile": read_mobile,
    "card": read_card,
    "code": read_code,
    "count": read_count,
    "yes_no": read_yes_no,
    "proof": read_proof,
    "bucket": read_bucket,
}


PLAIN: dict[str, re.Pattern[str]] = {
    "account": re.compile(r"[A-Z]{1,10}(?:[-/_][A-Z]{1,10}){0,2}[-/_]?[0-9]{5,40}(?:[-/_][0-9]{1,6})?"),
    "text": re.compile(r"[\u4e00-\u9fff0-9A-Za-z]{5,200}"),
    "address": re.compile(r"[\u4e00-\u9fff0-9A-Za-z]{5,200}"),
    "name": re.compile(r"(?!不详|未知|暂无|无数据|不适用|待补充)[\u4e00-\u9fff]{2,4}"),
    "id_number": re.compile(r"[0-9]{15}(?!000)[0-9]{2}[0-9X]"),
    "mobile": re.compile(r"1[3-9][0-9]{9}"),
}
"""Texts, by kind of field, that their reader gives back unchanged; most cells of a sheet are such."""
