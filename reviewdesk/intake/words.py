"""What codes and reasons are called on a page: short enough for a chip, in both languages."""

from reviewdesk.errors import Text
from reviewdesk.intake.messages import SAID

ASIDE: dict[str, Text] = {
    "blank": Text("空行", "blank"),
    "total": Text("合计", "total"),
    "note": Text("说明", "note"),
    "header": Text("重复的表头", "repeated header"),
    "hidden": Text("隐藏的行", "hidden"),
}

_SHORT: dict[str, Text] = {
    "required.missing": Text("缺必填项", "required value missing"),
    "account.duplicate": Text("借据号重复", "duplicate account"),
    "account.precision_lost": Text("号码丢了末几位", "number lost digits"),
    "account.unreadable": Text("不是号码", "not a number"),
    "amount.scientific": Text("金额变成科学计数", "amount in scientific notation"),
    "card.precision_lost": Text("卡号丢了末几位", "card number lost digits"),
    "code.precision_lost": Text("信用代码丢了末几位", "credit code lost digits"),
    "terms.is_date": Text("期数变成日期", "instalments became a date"),
    "terms.in_days": Text("期限按天计", "term in days"),
    "account.decided": Text("案件已有决定", "case already decided"),
    "account.known": Text("借据已有案件", "account already a case"),
    "cell.error": Text("公式错误", "formula error"),
    "text.too_long": Text("文字过长", "text too long"),
    "date.impossible": Text("日期不存在", "no such day"),
    "date.out_of_range": Text("年份不合理", "year out of range"),
    "amount.negative": Text("金额为负", "negative amount"),
    "amount.signs": Text("金额有正有负", "amounts of both signs"),
    "entry.unclear": Text("还款还是冲正不明", "payment or reversal?"),
    "date.ambiguous": Text("日和月的先后不明", "day or month first?"),
    "date.two_digit_year": Text("年份只有两位", "year of two digits"),
    "rate.period": Text("利率期间不明", "rate's period unclear"),
    "rate.ambiguous": Text("利率含义不明", "ambiguous rate"),
    "amount.ambiguous": Text("金额单位不明", "unit of amounts unclear"),
    "terms.ambiguous": Text("期限单位不明", "unit of terms unclear"),
    "cell.parts": Text("一格两项分不开", "cell cannot be split"),
    "account.underivable": Text("无法推算编号", "no number can be made"),
    "rate.out_of_range": Text("利率不合理", "rate out of range"),
    "id_no.length": Text("身份证号位数不对", "ID number's length"),
    "id_no.precision_lost": Text("证件号丢了末几位", "ID number lost digits"),
    "id_no.scientific": Text("证件号变成科学计数", "ID number in scientific notation"),
    "code.length": Text("信用代码位数不对", "credit code's length"),
    "digest.unreadable": Text("不是 SHA-256", "not a SHA-256"),
    "side.account_absent": Text("账户表中没有", "not in the account sheet"),
    "side.row_stray": Text("本批没有这个借据号", "no such account in the batch"),
    "side.overtaken": Text("已由别的批次更新", "renewed by another batch"),
    "side.decided": Text("案件已有决定", "case already decided"),
    "side.columns_missing": Text("附表缺列", "columns missing"),
    "choice.unknown": Text("不在可选范围", "not a choice"),
}


def label_of_code(code: str) -> Text:
    """The short name of an error code; the whole message where that is short itself."""
    return _SHORT.get(code) or SAID[code].message
