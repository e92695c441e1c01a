"""What is said about a cell that could not be read: what is wrong and how to mend it, in both languages.

The codes are stable: pages filter by them, the API and the check command give them, suppliers' reports count them.
`{...}` is filled with the details of the error. `{unit}` and `{label}` come from the column.
"""

from typing import Any, NamedTuple

from reviewdesk.errors import Text


class Said(NamedTuple):
    """What is wrong, and how to mend it."""

    message: Text
    mend: Text


def _said(zh: str, en: str, mend_zh: str, mend_en: str) -> Said:
    return Said(Text(zh, en), Text(mend_zh, mend_en))


_RETYPE = (
    "把该列设为文本后，重新粘贴原始号码；不要在本表上修改末位数字",
    "format the column as text and paste the original number again; do not repair digits in this sheet",
)
_ISO_DAY = ("写成 2024-03-01 这样的日期", "write the date like 2024-03-01")
_PLAIN_AMOUNT = (
    "写成数字，如 12345.67（本列单位：{unit}）",
    "write a number such as 12345.67 (this column counts in {unit})",
)
_CLEAR_RATE = (
    "写明期间和百分号，如 年利率24%、月利率2%、日利率0.05%",
    "say the period and the sign, such as 年利率24%, 月利率2%, 日利率0.05%",
)

_ANSWER = "回答一次这一列怎样读（列对应页；已导入的在批次页），等着的行会自动重读；或在单元格里写明，如 "
_ANSWER_EN = (
    "say once how the column is read, on the mapping page or, once loaded, on the page of the batch, and the rows "
    "that wait are read again; or say it in the cell, like "
)


def _doubt(zh: str, en: str, example: str) -> Said:
    """A cell that may be read in two ways, and waits for the answer that its column needs."""
    return _said(zh, en, _ANSWER + example, _ANSWER_EN + example)


SAID: dict[str, Said] = {
    "required.missing": _said("缺少{label}", "{label} is missing", "填写{label}", "fill in {label}"),
    "account.duplicate": _said(
        "与{where}第 {first_row} 行借据号相同",
        "the same account number as in row {first_row}{where_en}",
        "核对两行，只保留一行；确是两笔借款的，写各自的借据号",
        "compare both rows and keep one; if they are two loans, give each its own number",
    ),
    "account.scientific": _said("号码变成了科学计数", "the number became scientific notation", *_RETYPE),
    "account.precision_lost": _said(
        "单元格是数字，第 15 位以后已经丢失", "the cell is a number: its digits after the fifteenth are lost", *_RETYPE
    ),
    "account.unreadable": _said(
        "不是号码：单元格被识别成了日期、小数或逻辑值",
        "no number: the cell is a date, a fraction or a truth value",
        *_RETYPE,
    ),
    "cell.error": _said(
        "单元格是公式错误 {error}",
        "the cell holds the formula error {error}",
        "改正公式，或填写数值",
        "mend the formula or write the value",
    ),
    "text.too_long": _said(
        "文字有 {length} 个字符，最多 {most} 个",
        "{length} characters; at most {most} are kept",
        "缩短后再导入",
        "shorten it",
    ),
    "date.unreadable": _said("认不出的日期", "not a date that can be read", *_ISO_DAY),
    "date.impossible": _said(
        "{year} 年 {month} 月没有 {day} 日",
        "{year}-{month} has no day {day}",
        "核对原始资料，改成真实日期",
        "look the true date up",
    ),
    "date.two_digit_year": _doubt(
        "「{header}」的年份只有两位，年、月、日的先后有几种读法",
        "the years of {header} have two digits: it can be read in several ways",
        "2023-05-01",
    ),
    "date.no_day": _said(
        "只有年月，没有日",
        "the day is missing",
        "写出完整日期，如 2023-05-01",
        "write the whole date, such as 2023-05-01",
    ),
    "date.ambiguous": _doubt(
        "「{header}」有两种读法：分不清日和月的先后",
        "{header} can be read in two ways: the day first or the month",
        "2024-03-01",
    ),
    "date.out_of_range": _said("年份 {year} 不合理", "the year {year} is out of range", *_ISO_DAY),
    "amount.unreadable": _said("金额无法识别", "not an amount that can be read", *_PLAIN_AMOUNT),
    "amount.scientific": _said(
        "金额变成了科学计数，可能丢了位数",
        "the amount is in scientific notation and may have lost digits",
        *_PLAIN_AMOUNT,
    ),
    "amount.is_date": _said(
        "单元格被识别成了日期",
        "the cell is a date",
        "把单元格格式改为数值后重新填写",
        "format the cell as a number and write it again",
    ),
    "amount.negative": _said(
        "{label}不应为负数", "{label} cannot be negative", "核对金额与正负号", "check the amount and its sign"
    ),
    "amount.signs": _said(
        "同一行的金额有正有负，看不出是还款还是冲正",
        "amounts of this row are above and below zero: it may be a payment or a reversal",
        "还款的各项都写正数；冲正（退款）的各项都写负数",
        "write all amounts of a payment above zero, all of a reversal or refund below",
    ),
    "entry.unclear": _said(
        "看不出这一行是冲正本身，还是后来被冲正的还款",
        "it may be the reversal itself, or a payment that was reversed later",
        "冲正（退款）的行写“冲正”，或把金额写成负数；收到的还款写“还款”，即使后来被冲正",
        "write 冲正 where the row is a reversal or refund, or its amount below zero; write 还款 where money came in, "
        "even if it was reversed later",
    ),
    "amount.ambiguous": _doubt(
        "「{header}」有几种读法：没有写明单位，{number} 可能是元，也可能是万元或分",
        "{header} can be read in several ways: {number} may count yuan, 10,000 yuan or fen",
        "1.2万元",
    ),
    "amount.too_large": _said("金额过大", "the amount is too large", *_PLAIN_AMOUNT),
    "rate.unreadable": _said("利率无法识别", "not a rate that can be read", *_CLEAR_RATE),
    "rate.ambiguous": _doubt(
        "「{header}」有两种读法：{number} 可能是百分数，也可能是比例",
        "{header} can be read in two ways: {number} may be percent or a share",
        "年利率24%",
    ),
    "rate.period": _doubt(
        "「{header}」有几种读法：看不出是年利率、月利率还是日利率",
        "{header} can be read in several ways: it does not say whether a year, a month or a day is meant",
        "年利率24%、月利率2%、日利率0.05%",
    ),
    "rate.relative": _said(
        "利率写成了公式或上浮比例",
        "the rate is a formula or an uplift",
        "写出最终执行的利率，如 年利率18%",
        "write the rate that results, such as 年利率18%",
    ),
    "rate.negative": _said("利率不应为负数", "a rate cannot be negative", *_CLEAR_RATE),
    "rate.out_of_range": _said(
        "折合年利率 {percent}%，不合理", "that is {percent} % a year: out of range", *_CLEAR_RATE
    ),
    "id_no.scientific": _said(
        "身份证号变成了科学计数，末几位已丢失",
        "the ID number became scientific notation; its last digits are lost",
        *_RETYPE,
    ),
    "id_no.precision_lost": _said(
        "单元格是数字，末 3 位已丢失", "the cell is a number: the last three digits are lost", *_RETYPE
    ),
    "id_no.length": _said(
        "身份证号应为 18 位，现有 {length} 位",
        "an ID number has 18 characters; this has {length}",
        "核对证件后重新填写",
        "look the number up",
    ),
    "id_no.characters": _said(
        "身份证号含有不应有的字符",
        "the ID number holds characters that cannot stand there",
        "核对证件后重新填写",
        "look the number up",
    ),
    "id_no.masked": _said("身份证号带有星号", "the ID number is masked", "提供完整号码", "give the whole number"),
    "mobile.scientific": _said("手机号变成了科学计数", "the phone number became scientific notation", *_RETYPE),
    "mobile.masked": _said(
        "手机号带有星号",
        "the phone number is masked",
        "提供完整号码，或留空",
        "give the whole number or leave it blank",
    ),
    "mobile.unreadable": _said(
        "不是电话号码", "not a phone number", "填写 11 位手机号，或留空", "give an 11-digit number or leave it blank"
    ),
    "card.scientific": _said("卡号变成了科学计数", "the card number became scientific notation", *_RETYPE),
    "card.precision_lost": _said(
        "单元格是数字，卡号第 15 位以后已丢失",
        "the cell is a number: the card's digits after the fifteenth are lost",
        *_RETYPE,
    ),
    "card.unreadable": _said("不是卡号", "not a card number", "核对后重新填写，或留空", "look it up or leave it blank"),
    "code.scientific": _said("代码变成了科学计数", "the code became scientific notation", *_RETYPE),
    "code.precision_lost": _said(
        "单元格是数字，第 15 位以后已丢失", "the cell is a number: its digits after the fifteenth are lost", *_RETYPE
    ),
    "code.length": _said(
        "统一社会信用代码应为 18 位，现有 {length} 位",
        "a unified social credit code has 18 characters; this has {length}",
        "核对营业执照",
        "look it up on the licence",
    ),
    "code.unreadable": _said(
        "不是统一社会信用代码", "not a unified social credit code", "核对营业执照", "look it up on the licence"
    ),
    "count.unreadable": _said("不是整数", "not a whole number", "写成整数，如 120", "write a whole number such as 120"),
    "count.negative": _said("不应为负数", "cannot be negative", "核对数值与正负号", "check the number and its sign"),
    "count.too_large": _said("数值过大", "the number is too large", "核对数值", "check the number"),
    "terms.unreadable": _said(
        "期数无法识别", "not a number of instalments", "写成期数，如 12 或 12期", "write it like 12 or 12期"
    ),
    "terms.is_date": _said(
        "期数被识别成了日期（如 3/12）",
        "the instalments became a date (such as 3/12)",
        "设为文本后写 12",
        "format as text and write 12",
    ),
    "terms.ambiguous": _doubt(
        "「{header}」有几种读法：没有写明单位，{number} 可能是月数，也可能是年数或天数",
        "{header} can be read in several ways: {number} may be months, years or days",
        "12期、1年",
    ),
    "cell.parts": _said(
        "这一格应能分成 {count} 部分（{names}），但分不开",
        "this cell should hold {count} parts ({names_en}) and cannot be taken apart",
        "按同列其他行的写法补全，或在列对应中换一种分法",
        "write it as the other rows of the column do, or split the column otherwise on the mapping page",
    ),
    "account.underivable": _said(
        "表中没有借据号，本行又缺{names}，无法推算编号",
        "the sheet has no account number, and none can be made for this row: {names_en} is missing",
        "补全{names}，或填写借据号",
        "fill in {names_en}, or give an account number",
    ),
    "terms.in_days": _said(
        "期限按天计，不能换算成期数",
        "the term is in days and is no number of instalments",
        "写成期数；一次还清的写 1",
        "write instalments; 1 where all is repaid at once",
    ),
    "yes_no.unreadable": _said(
        "应填“是”或“否”", "yes or no is expected", "填写 是 或 否，不清楚则留空", "write 是 or 否, or leave it blank"
    ),
    "clock.unreadable": _said("时刻无法识别", "not a time of day", "写成 22:15 这样的时刻", "write it like 22:15"),
    "digest.unreadable": _said(
        "不是 SHA-256 哈希值",
        "not a SHA-256",
        "应为 64 位十六进制字符；没有则留空",
        "64 hexadecimal characters, or leave it blank",
    ),
    "side.account_absent": _said(
        "账户表中没有这个借据号，{count} 行未并入",
        "the account sheet has no such account; {count} rows were left out",
        "核对借据号，或把该账户加入账户表",
        "compare the account numbers, or add the account to the account sheet",
    ),
    "side.row_stray": _said(
        "这一批里没有这个借据号",
        "this batch has no such account",
        "核对借据号；确属本批的账户，请先修正它在账户表里的行",
        "compare the account number; if the account belongs here, mend its row of the account sheet first",
    ),
    "side.overtaken": _said(
        "案件 {number} 的这张表已由别的批次更新，没有并入",
        "case {number} has newer rows of another batch; this one was not taken in",
        "在更新它的批次里修正",
        "mend it in the batch that renewed the case",
    ),
    "side.decided": _said(
        "案件 {number} 已有决定，没有并入",
        "case {number} is decided upon already; the row was not taken in",
        "如确需更正，请在案件页撤销决定或退回后再修正",
        "to correct it, reopen or return the case on its page, then mend the row",
    ),
    "side.columns_missing": _said(
        "附表缺少列：{columns}，整张表未读取",
        "the sheet lacks the columns {columns_en}; nothing of it was read",
        "补上这些列，或写明表头",
        "add these columns, or name them in the header",
    ),
    "choice.unknown": _said("不在可选范围内：{options}", "none of: {options}", "改成其中一项", "choose one of these"),
}


def said(code: str, details: dict[str, Any], label: Text, unit: str) -> Said:
    """The words for an error in a column called `label` that counts in `unit`; `details` may hold its `header`."""
    template = SAID[code]
    zh = {"header": label.zh, **details, "label": label.zh, "unit": unit}
    en = {"header": label.en, **details, "label": label.en, "unit": unit_label(unit).en}
    return Said(
        Text(template.message.zh.format_map(zh), template.message.en.format_map(en)),
        Text(template.mend.zh.format_map(zh), template.mend.en.format_map(en)),
    )


def unit_label(unit: str) -> Text:
    """What a unit is called; signs such as % are the same in both languages."""
    return Text(unit, _UNITS_EN.get(unit, unit))


_UNITS_EN = {
    "分": "fen",
    "元": "yuan",
    "百元": "100 yuan",
    "千元": "1,000 yuan",
    "万元": "10,000 yuan",
    "百万元": "million yuan",
    "亿元": "100 million yuan",
    "月": "months",
    "期": "instalments",
    "年": "years",
    "天": "days",
}
