"""One cell becomes one value: every notation of the file format, and every way in which a cell cannot be read."""

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.identity import id_check_digit
from reviewdesk.intake.fields import FIELDS, field_named
from reviewdesk.intake.messages import SAID
from reviewdesk.intake.values import (
    PLAIN,
    Bad,
    chinese_number,
    read_account,
    read_bucket,
    read_card,
    read_choice,
    read_code,
    read_count,
    read_date,
    read_id_number,
    read_mobile,
    read_money,
    read_name,
    read_proof,
    read_rate,
    read_terms,
    read_text,
    read_yes_no,
    reader_of,
)
from reviewdesk.money import plain, yuan


def code_of(read: Any, cell: object, **options: object) -> str:
    with pytest.raises(Bad) as caught:
        read(cell, **options)
    return caught.value.code


@pytest.mark.parametrize(
    "cell",
    [
        "2023-05-01",
        "2023/5/1",
        "20230501",
        "2023.5.1",
        "2023年5月1日",
        "2023年5月1号",
        "2023 年 5 月 1 日",
        "２０２３－０５－０１",
        "2023-05-01 00:00:00",
        "2023-05-01T12:30:00.000Z",
        "2023-04-30T16:00:00.000Z",
        "2023-05-01T23:30:00+08:00",
        "2023/5/1 13:05",
        "2023年5月1日 12时30分",
        "20230501123000",
        "2023-5-1 星期一",
        "2023/05/01 下午 3:30",
        "45047",
        "'45047",
        "45047.5",
        "二〇二三年五月一日",
        "1-May-2023",
        "May 1, 2023",
        "2023—05—01",
        "\t2023-05-01 ",
        '="2023-05-01"',
        45047,
        45047.0,
        45047.73,
        20230501.0,
        "20230501.0",
        date(2023, 5, 1),
        datetime.fromisoformat("2023-05-01 23:59"),
    ],
)
def test_every_notation_of_a_date(cell: object) -> None:
    assert read_date(cell) == "2023-05-01"


@pytest.mark.parametrize(
    "cell",
    ["", " ", "-", "/", "无", "不详", "0", 0.0, "1900-01-00", "9999-12-31", 99991231.0, time(0), date(9999, 12, 31)],
)
def test_a_cell_that_says_no_date(cell: object) -> None:
    assert read_date(cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2024-02-30", "date.impossible"),
        ("2023-13-01", "date.impossible"),
        (20230231.0, "date.impossible"),
        ("23/5/1", "date.two_digit_year"),
        ("2023-05", "date.no_day"),
        ("2023年5月", "date.no_day"),
        ("202305", "date.no_day"),
        ("5/1/2023", "date.ambiguous"),
        ("1023-05-01", "date.out_of_range"),
        ("长期", "date.unreadable"),
        (12.0, "date.unreadable"),
        (25_000.0, "date.unreadable"),
        ("2023-05-0１①", "date.unreadable"),
        ("2023.5.1\n2024.5.1", "date.unreadable"),
        (-1.0, "date.unreadable"),
        (99999.0, "date.unreadable"),
        (True, "date.unreadable"),
        (timedelta(days=3), "date.unreadable"),
        ("#N/A", "cell.error"),
    ],
)
def test_what_is_no_date(cell: object, code: str) -> None:
    assert code_of(read_date, cell) == code


def test_an_impossible_date_names_its_numbers() -> None:
    with pytest.raises(Bad) as caught:
        read_date("2024年2月30日")
    assert caught.value.details == {"year": 2024, "month": 2, "day": 30}


@given(st.dates(date(1980, 1, 1), date(2100, 12, 31)))
def test_every_day_reads_the_same_in_every_notation(day: date) -> None:
    notations: list[Any] = [
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day} 08:30:00",
        day,
    ]
    if 20_000 <= (serial := (day - date(1899, 12, 30)).days) <= 60_000:
        notations.append(float(serial))
    assert {read_date(one) for one in notations} == {day.isoformat()}


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("12,345.67", 1234567),
        ("¥12345", 1234500),
        ("￥12,345", 1234500),
        ("1.2万", 1200000),
        ("1.2万元", 1200000),
        ("1.2萬", 1200000),
        ("12345元", 1234500),
        ("12345.67元", 1234567),
        ("１２３", 12300),
        ("１２，３４５．６７", 1234567),
        ("RMB 100", 10000),
        ("人民币100元", 10000),
        ("1 234.56", 123456),
        ("1\u00a0234\u00a0567", 123456700),
        (" ¥ 1,234.56 元 ", 123456),
        ("壹万贰仟元整", 1200000),
        ("伍佰元叁角贰分", 50032),
        (".5", 50),
        ("0", 0),
        (0.0, 0),
        (12345.67, 1234567),
        (1019.1399999, 101914),
        (1.005, 101),
        ("1.005", 101),
        ("3千元", 300000),
        ("0.5亿", 5000000000),
        (12, 1200),
        ("+5", 500),
        ("\u200b100\ufeff", 10000),
    ],
)
def test_every_notation_of_an_amount(cell: object, fen: int) -> None:
    assert read_money(cell) == fen


@given(
    st.integers(0, 10**13).map(lambda fen: fen / 100) | st.floats(0, 1e9) | st.decimals(0, 10**6, places=8).map(float),
    st.sampled_from([1, 100, 10_000, 1_000_000]),
)
def test_a_number_is_the_amount_that_its_fifteen_digits_say(cell: float, unit: int) -> None:
    exact = (Decimal(format(cell, ".15g")) * unit).to_integral_value(rounding=ROUND_HALF_UP)
    if exact < 10**15:
        assert read_money(cell, unit) == exact


@pytest.mark.parametrize("cell", ["", "-", "—", "/", "无", "N/A", "null", " "])
def test_a_dash_is_absent_and_not_zero(cell: str) -> None:
    assert read_money(cell) is None


@pytest.mark.parametrize(
    ("cell", "fen"),
    [("(123.45)", -12345), ("（123.45）", -12345), (-3.5, -350), ("-3.5", -350), ("¥-3.5", -350), ("負100", -10000)],
)
def test_corrections_may_be_negative(cell: object, fen: int) -> None:
    assert read_money(cell, negative=True) == fen
    assert code_of(read_money, cell) == "amount.negative"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("两万", "amount.unreadable"),
        ("万元", "amount.unreadable"),
        ("约100", "amount.unreadable"),
        ("1,23", "amount.unreadable"),
        ("1.234,56", "amount.unreadable"),
        ("12000-13000", "amount.unreadable"),
        ("1.2E+05", "amount.scientific"),
        ("5000\n300", "amount.unreadable"),
        ("500 300", "amount.unreadable"),
        ("500, 300", "amount.unreadable"),
        ("5000①", "amount.unreadable"),
        ("5000²", "amount.unreadable"),
        ("(-5)", "amount.unreadable"),
        ("--5", "amount.unreadable"),
        (date(2024, 1, 1), "amount.is_date"),
        (True, "amount.unreadable"),
        ("#DIV/0!", "cell.error"),
        (1e14, "amount.too_large"),
    ],
)
def test_what_is_no_amount(cell: object, code: str) -> None:
    assert code_of(read_money, cell) == code


def test_the_column_counts_in_its_unit_and_a_cell_that_says_its_own_wins() -> None:
    assert read_money("1.2", unit=1_000_000) == 1_200_000
    assert read_money(0.8, unit=1_000_000) == 800_000
    assert read_money("12000元", unit=1_000_000) == 1_200_000


@given(st.integers(0, 10**12))
def test_an_amount_survives_every_way_of_writing_it(fen: int) -> None:
    written = [yuan(fen), f"{yuan(fen)}元", f"¥{fen // 100:,}.{fen % 100:02d}", f" {yuan(fen)} "]
    assert {read_money(one) for one in written} == {fen}
    assert read_money(fen / 100) == fen


@pytest.mark.parametrize(
    ("cell", "rate"),
    [
        ("24%", "0.24"),
        ("0.24", "0.24"),
        ("24", "0.24"),
        ("24.00％", "0.24"),
        (0.24, "0.24"),
        (24.0, "0.24"),
        (15.4, "0.154"),
        ("月利率2%", "0.24"),
        ("日利率0.05%", "0.1825"),
        ("万分之五", "0.1825"),
        ("日息万分之5", "0.1825"),
        ("月息2分", "0.24"),
        ("月息两分", "0.24"),
        ("年息1分5厘", "0.15"),
        ("0.05%/日", "0.1825"),
        ("月2%", "0.24"),
        ("年化18%", "0.18"),
        ("18%/年", "0.18"),
        ("百分之二十四", "0.24"),
        ("年利率：24%", "0.24"),
        ("1800BP", "0.18"),
        ("36", "0.36"),
        ("0", "0"),
        ("0.05", "0.05"),
        ("2%", "0.02"),
    ],
)
def test_every_notation_of_a_rate_in_a_column_of_annual_rates(cell: object, rate: str) -> None:
    assert read_rate(cell, period="year") == rate


@pytest.mark.parametrize(
    ("cell", "options", "rate"),
    [
        (2.0, {"period": "month"}, "0.24"),
        (0.02, {"period": "month"}, "0.24"),
        ("1.5%", {"period": "month"}, "0.18"),
        (0.9, {"period": "month"}, "0.108"),
        (0.05, {"period": "day"}, "0.1825"),
        (0.0005, {"period": "day"}, "0.1825"),
        (0.5, {"period": "day", "unit": "‰"}, "0.1825"),
        (5.0, {"period": "day", "unit": "‱"}, "0.1825"),
        (0.05, {"period": "day", "day_count": 360}, "0.18"),
        (24.0, {"period": "year", "unit": "%"}, "0.24"),
        (0.24, {"period": "year", "unit": "%"}, "0.24"),
        (1.0, {"period": "year", "unit": "%"}, "0.01"),
        (15.0, {"period": "month", "unit": "‰"}, "0.18"),
        ("年18%", {"period": "month"}, "0.18"),
    ],
)
def test_the_header_says_period_and_unit_and_the_cell_may_say_better(cell: object, options: Any, rate: str) -> None:
    assert read_rate(cell, **options) == rate


@pytest.mark.parametrize(
    ("cell", "options", "code"),
    [
        (1.0, {"period": "year"}, "rate.ambiguous"),
        (0.0005, {"period": "year"}, "rate.ambiguous"),
        (5.0, {"period": "day"}, "rate.ambiguous"),
        (1.5, {}, "rate.period"),
        (0.02, {}, "rate.period"),
        ("0.05%", {}, "rate.period"),
        ("2分", {}, "rate.period"),
        ("千分之五", {"period": "year"}, "rate.period"),
        ("LPR+885BP", {"period": "year"}, "rate.relative"),
        ("上浮50%", {"period": "year"}, "rate.relative"),
        (-0.2, {"period": "year"}, "rate.negative"),
        ("5000%", {"period": "year"}, "rate.out_of_range"),
        ("见合同", {"period": "year"}, "rate.unreadable"),
        (date(2024, 1, 1), {"period": "year"}, "rate.unreadable"),
    ],
)
def test_a_rate_is_never_guessed(cell: object, options: Any, code: str) -> None:
    assert code_of(read_rate, cell, **options) == code


def test_numbers_that_a_formula_made_are_read_to_fifteen_digits() -> None:
    assert read_rate(0.018 * 12, period="year") == "0.216"
    assert read_rate(0.1 + 0.14, period="year") == "0.24"
    assert read_money(0.1 + 0.2) == 30
    assert read_money(8.415 * 100) == 84150


@given(st.decimals(Decimal("1.01"), Decimal(100), places=2))
def test_percent_reads_the_same_with_and_without_its_sign(percent: Decimal) -> None:
    expected = plain(percent / 100)
    assert {read_rate(f"{percent}%", period="year"), read_rate(str(percent), period="year")} == {expected}


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        (" 440106 19900307 2349\t", "440106199003072349"),
        ("'440106199003072349", "440106199003072349"),
        ('="440106199003072349"', "440106199003072349"),
        ("４４０１０６１９９００３０７２３４９", "440106199003072349"),
        ("110105491231002", "110105491231002"),
        (110105491231002.0, "110105491231002"),
        ("440106199003072345", "440106199003072345"),
        ("440524188001010014", "440524188001010014"),
        ("810000199408230021", "810000199408230021"),
        ("H12345678", "H12345678"),
    ],
)
def test_an_id_number_is_read_as_it_stands(cell: object, number: str) -> None:
    assert read_id_number(cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("4.40305E+17", "id_no.scientific"),
        ("4.40305e17", "id_no.scientific"),
        (4.40305199003075e17, "id_no.precision_lost"),
        (440305199003074576, "id_no.precision_lost"),
        ("440106199003072000", "id_no.precision_lost"),
        ("440106199003072349.0", "id_no.precision_lost"),
        ("44010619900307234", "id_no.length"),
        (123.0, "id_no.length"),
        ("4401**********2349", "id_no.masked"),
        ("张三", "id_no.characters"),
        ("44010619900307234A", "id_no.characters"),
        (date(1990, 3, 7), "id_no.characters"),
    ],
)
def test_a_mangled_id_number_is_named_and_never_repaired(cell: object, code: str) -> None:
    assert code_of(read_id_number, cell) == code


@given(st.integers(10**16, 10**17 - 1))
def test_no_id_number_survives_a_numeric_cell(first17: int) -> None:
    number = str(first17) + "0"
    assert code_of(read_id_number, float(number)) == "id_no.precision_lost"


@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True))
def test_every_number_with_a_right_check_character_is_read(first17: str) -> None:
    number = first17 + id_check_digit(first17)
    assert read_id_number(number) == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+8613800138000", "13800138000"),
        (13800138000.0, "13800138000"),
        ("86-13800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("13800138000.0", "13800138000"),
        ("13800138000/13900139000", "13800138000"),
        ("0755-12345678、13900139000", "13900139000"),
        ("13800138000 13900139000", "13800138000"),
        ("12800138000", "12800138000"),
        ("0755-12345678", "075512345678"),
    ],
)
def test_the_first_mobile_number_of_a_cell(cell: object, number: str) -> None:
    assert read_mobile(cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [("1.38E+10", "mobile.scientific"), ("138****8000", "mobile.masked"), ("见备注", "mobile.unreadable")],
)
def test_what_is_no_phone_number(cell: str, code: str) -> None:
    assert code_of(read_mobile, cell) == code


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("HT2024-001", "HT2024-001"),
        (12345.0, "12345"),
        (20240301001.0, "20240301001"),
        ("  a  b ", "a b"),
        ("1E5", "1E5"),
    ],
)
def test_an_account_number_is_text(cell: object, text: str) -> None:
    assert read_account(cell) == text


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1234567890123456789.0, "account.precision_lost"),
        ("1.23457E+17", "account.scientific"),
        (1.5, "account.unreadable"),
        (date(2024, 3, 1), "account.unreadable"),
        ("A" * 101, "text.too_long"),
    ],
)
def test_an_account_number_that_excel_changed(cell: object, code: str) -> None:
    assert code_of(read_account, cell) == code


def test_cards_and_company_codes() -> None:
    assert read_card("6222 0200 0000 0007") == "6222020000000007"
    assert read_card("6222********0007") == "6222********0007"
    assert code_of(read_card, 6.22202e15) == "card.precision_lost"
    assert code_of(read_card, "6.222E+15") == "card.scientific"
    assert code_of(read_card, "工行") == "card.unreadable"
    assert read_code("91350100m000100y43") == "91350100M000100Y43"
    assert code_of(read_code, "9135010") == "code.length"


@pytest.mark.parametrize(
    ("cell", "terms"),
    [
        ("12", 12),
        ("12期", 12),
        ("12个月", 12),
        ("1年", 12),
        ("3/12", 12),
        (12.0, 12),
        ("一年", 12),
        ("二十四期", 24),
        ("36期(月)", 36),
        ("3年期", 36),
    ],
)
def test_every_notation_of_terms(cell: object, terms: int) -> None:
    assert read_terms(cell) == terms


def test_terms_in_the_unit_of_the_header() -> None:
    assert read_terms("2", unit="年") == 24
    assert read_terms("12期", unit="年") == 12
    assert code_of(read_terms, "30天") == "terms.in_days"
    assert code_of(read_terms, 30, unit="天") == "terms.in_days"
    assert code_of(read_terms, date(2024, 3, 12)) == "terms.is_date"
    assert code_of(read_terms, "随时") == "terms.unreadable"


@pytest.mark.parametrize(
    ("cell", "count"),
    [("120", 120), ("120天", 120), (120.0, 120), ("1,200", 1200), ("逾期120天", 120), ("3/12", 3), ("-", None)],
)
def test_counts(cell: object, count: int | None) -> None:
    assert read_count(cell) == count


def test_what_is_no_count() -> None:
    assert code_of(read_count, -5.0) == "count.negative"
    assert code_of(read_count, "-5") == "count.negative"
    assert code_of(read_count, 1.5) == "count.unreadable"
    assert code_of(read_count, "很久") == "count.unreadable"


@pytest.mark.parametrize("cell", ["是", "有", "Y", "yes", "1", 1.0, "√", True, "TRUE", "已结清", "有投诉"])
def test_yes(cell: object) -> None:
    assert read_yes_no(cell) is True


@pytest.mark.parametrize("cell", ["否", "无", "N", "no", "0", 0.0, "×", "X", False, "未投诉", "没有"])
def test_no(cell: object) -> None:
    assert read_yes_no(cell) is False


def test_blank_is_neither_yes_nor_no() -> None:
    assert read_yes_no("") is None
    assert read_yes_no("-") is None
    assert code_of(read_yes_no, "也许") == "yes_no.unreadable"


def test_proof_is_a_word_or_the_reference_itself() -> None:
    assert [read_proof(one) for one in ("有", "EMS123456", "已签收", "无", "未签收", "")] == [
        True,
        True,
        True,
        False,
        False,
        None,
    ]


@pytest.mark.parametrize(
    ("field", "cell", "choice"),
    [
        ("lender_kind", "银行", "bank"),
        ("lender_kind", "商业银行", "bank"),
        ("lender_kind", "消费金融", "consumer_finance"),
        ("lender_kind", "消金", "consumer_finance"),
        ("lender_kind", "小贷", "micro_loan"),
        ("lender_kind", "小额贷款公司", "micro_loan"),
        ("lender_kind", "网络小贷", "micro_loan"),
        ("lender_kind", "助贷", "assisted"),
        ("lender_kind", "联合贷", "assisted"),
        ("lender_kind", "担保公司", "guarantor"),
        ("lender_kind", "融资担保", "guarantor"),
        ("lender_kind", "保险公司", "insurer"),
        ("lender_kind", "财险", "insurer"),
        ("lender_kind", "民间", "private"),
        ("lender_kind", "其他", "private"),
        ("lender_kind", "个人", "private"),
        ("lender_kind", "某某消费金融有限公司", "consumer_finance"),
        ("lender_kind", "bank", "bank"),
        ("repayment_method", "等额本息", "equal_instalments"),
        ("repayment_method", "等额本息_1", "equal_instalments"),
        ("repayment_method", "等額本金", "equal_principal"),
        ("repayment_method", "每月还息到期还本_0", "interest_first"),
        ("repayment_method", "先息后本（月）", "interest_first"),
        ("repayment_method", "一次性还款_2", "bullet"),
        ("repayment_method", "到期一次还本付息", "bullet"),
        ("repayment_method", "随借随还", "on_demand"),
        ("gender", "女士", "女"),
        ("contract_signed_by", "电子签约", "electronic"),
        ("contract_signed_by", "线下", "paper"),
    ],
)
def test_choices_by_any_of_their_names(field: str, cell: str, choice: str) -> None:
    assert read_choice(cell, field_named(field)) == choice


def test_an_unknown_choice_is_refused() -> None:
    assert code_of(read_choice, "等本等费", field=field_named("repayment_method")) == "choice.unknown"


def test_words_keep_their_meaning_and_lose_their_padding() -> None:
    assert read_name("张　三") == "张三"
    assert read_name("欧阳 锋") == "欧阳锋"
    assert read_text("第一行\n第二行") == "第一行 第二行"
    assert read_text(1001.0) == "1001"
    assert read_text("\u200b") is None
    assert read_bucket("m3+") == "M3+"


@pytest.mark.parametrize(
    ("text", "number"),
    [("十二", 12), ("二十", 20), ("一百零五", 105), ("三点五", Decimal("3.5")), ("二〇二三", 2023), ("好", None)],
)
def test_numbers_written_in_chinese(text: str, number: object) -> None:
    assert chinese_number(text) == number


CELLS = st.one_of(
    st.text(max_size=30),
    st.floats(),
    st.integers(-(10**20), 10**20),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


def outcome(read: Any, cell: object) -> str | None:
    """The code of a refusal, or None where a proper value or nothing was read."""
    try:
        value = read(cell)
    except Bad as bad:
        return bad.code
    return None if value is None or isinstance(value, str | int | bool) else "improper"


@given(st.sampled_from(FIELDS), CELLS)
def test_any_cell_is_read_absent_or_refused_with_a_known_code(field: Any, cell: object) -> None:
    assert outcome(reader_of(field), cell) in {None, *SAID}


@given(st.sampled_from([field for field in FIELDS if field.kind in PLAIN]), st.data())
def test_a_plain_cell_is_its_own_value(field: Any, data: st.DataObject) -> None:
    cell = data.draw(st.from_regex(PLAIN[field.kind], fullmatch=True))
    assert reader_of(field)(cell) == cell
