"""Which row is the header, and what its columns mean; on header rows from real use."""

import pytest

from reviewdesk.intake.fields import FIELDS, by_name
from reviewdesk.intake.headers import find_header, fold, header_hash, is_third_person, suggest

INSURER = (
    "原告名称 统一社会信用代码 负责人 原告地址 被告名称 身份证号 被告户籍地地址 贷款合同约定地址 被告手机 "
    "理赔金额 逾期日期 理赔日期 拖欠保费金额 "
    "违约金金额 违约金起算日期 起诉日期 暂计金额 贷款日期 贷款人名称 贷款人名称简称 贷款合同名称 贷款金额 "
    "利率上浮比 贷款利率 保险金额 "
    "每月应还保费金额 贷款人所在地 起诉法院 分公司名称 函号 保费逾期日期 年利率 贷款发放日期 特别约定"
)
DISPUTES = (
    "被告 借款合同名称 合同签约时间 贷款人 借款数额 借款期限 还款方式 借款利率 罚息约定 逾期日期 本金 利息 "
    "罚息 合计 保证保险合同名称 "
    "保单签约时间 投保人 被保险人 保险金额 保险费数额 保险费付费约定 保险期间 违约责任约定 赔付时间 赔付款 "
    "保险费欠付数额 已缴纳保险费 借款放款账户"
)
MANDATE = (
    "渠道类型 产品简称 分配机构 逾期时段 委案日期 退案日期 借据号 客户姓名 用户号 证件号码 贷款余额 手机号 "
    "委案金额 产品名称 还款银行 放款金额 "
    "放款期限 放款时间 逾期天数 公司名称 公司电话 公司地址 住宅地址 配偶姓名 配偶手机 解除逾期状态所需金额 "
    "当前欠款总额 当前应扣本金 合同编号 "
    "身份证地址 应还款日 应还利息 应还手续费 罚息 月供 最大逾期天数 最近还款日期 联系人1姓名 联系人1电话 "
    "联系人9姓名 联系人9电话"
)
CORE = (
    "贷款账号 合同号 协议号 贷款产品名称 借款人姓名 放款日期（开户日期） 结清日期（销户日期） 账户状态 "
    "合同金额（授信额度） 贷款金额（实际发放金额） "
    "贷款余额 币种 贷款利率（年化%） 贷款期限（月） 到期日 还款方式 担保方式 五级分类 逾期天数 逾期本金 "
    "逾期利息 累计逾期次数 放款机构名称 "
    "累计还款金额 累计还款利息 备注"
)
ASSIGNED = (
    "案件ID 姓名 证件号 手机号 户籍地址 户籍区域 单位名称 单位地址 家庭住址 原债权公司 现债权公司 出资方 "
    "债权转让日期 资产包批次 订单号/合同号 "
    "合同金额 到账金额 收款银行 收款银行账号 借款日 起息日 到期日 最后还款日 分期类型 分期期数 每期时长 "
    "已还期数 借款费率 服务费率 转让前已还金额 "
    "转让前已还本金 转让前已还利息 转让金额 转让本金 转让利息 转让其他 剩余待还金额 债转通知时间 通知方式 "
    "通知手机号 是否成功"
)


def applied(names: str) -> dict[str, str]:
    return {one.field: one.header for one in suggest(names.split()) if one.applied and one.field}


def levels(names: str) -> dict[str, str]:
    return {one.header: one.level for one in suggest(names.split())}


def test_an_insurers_list_of_complaints() -> None:
    assert applied(INSURER) == {
        "lender_name": "原告名称",
        "lender_code": "统一社会信用代码",
        "borrower_name": "被告名称",
        "id_no": "身份证号",
        "id_address": "被告户籍地地址",
        "contact_address": "贷款合同约定地址",
        "mobile": "被告手机",
        "claim_paid": "理赔金额",
        "first_overdue_on": "逾期日期",
        "claim_paid_on": "理赔日期",
        "premium_due": "拖欠保费金额",
        "damages_due": "违约金金额",
        "total_claimed": "暂计金额",
        "principal": "贷款金额",
        "monthly_fee": "每月应还保费金额",
        "annual_rate": "年利率",
        "disbursed_on": "贷款发放日期",
        "account_no": "函号",
    }
    assert levels(INSURER)["贷款人名称"] == "duplicate"
    assert levels(INSURER)["贷款利率"] == "duplicate"
    assert levels(INSURER)["贷款日期"] == "ask"
    assert levels(INSURER)["起诉法院"] == "ask"


def test_disputes_where_principal_stands_beside_the_contract_amount() -> None:
    found = applied(DISPUTES)
    assert found["principal"] == "借款数额"
    assert found["outstanding_principal"] == "本金"
    assert levels(DISPUTES)["本金"] == "assumed"
    assert {found[name] for name in ("interest_due", "penalty_due", "total_claimed", "claim_paid")} == {
        "利息",
        "罚息",
        "合计",
        "赔付款",
    }


def test_a_mandate_with_columns_about_third_persons() -> None:
    found = applied(MANDATE)
    assert found["account_no"] == "借据号"
    assert found["contract_no"] == "合同编号"
    assert found["product"] == "产品名称"
    assert found["outstanding_principal"] == "贷款余额"
    assert found["total_claimed"] == "当前欠款总额"
    left_out = {name for name, level in levels(MANDATE).items() if level == "third_person"}
    assert left_out == {"配偶姓名", "配偶手机", "联系人1姓名", "联系人1电话", "联系人9姓名", "联系人9电话"}
    assert levels(MANDATE)["最大逾期天数"] == "duplicate"
    assert levels(MANDATE)["公司名称"] == "ask"


def test_a_core_systems_list_with_words_in_brackets() -> None:
    found = applied(CORE)
    assert found["account_no"] == "贷款账号"
    assert found["disbursed_amount"] == "贷款金额（实际发放金额）"
    assert "principal" not in found
    assert levels(CORE)["合同金额（授信额度）"] == "ask"
    rate = next(one for one in suggest(CORE.split()) if one.field == "annual_rate")
    assert (rate.unit, rate.period) == ("%", "year")
    assert next(one for one in suggest(CORE.split()) if one.field == "terms").unit == "月"


def test_assigned_debt_names_its_former_creditor() -> None:
    found = applied(ASSIGNED)
    assert found["account_no"] == "订单号/合同号"
    assert found["assigned_from"] == "原债权公司"
    assert found["lender_name"] == "现债权公司"
    assert found["assignment_notice_on"] == "债转通知时间"
    assert found["contract_date"] == "借款日"
    assert found["disbursed_on"] == "起息日"
    assert levels(ASSIGNED)["转让本金"] == "ask"


def test_the_contract_number_stands_in_where_there_is_no_account_number() -> None:
    assert applied("合同编号 姓名 身份证号 未还本金")["account_no"] == "合同编号"
    assert applied("借据号 合同编号 姓名 身份证号 未还本金")["contract_no"] == "合同编号"


def test_a_due_date_may_be_the_mandates() -> None:
    assert levels("借据号 姓名 委案日期 到期日")["到期日"] == "ask"
    assert levels("借据号 姓名 放款日期 到期日")["到期日"] == "exact"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("借 据 号", "account_no"),
        ("*借据号", "account_no"),
        ("借據號", "account_no"),
        ("ＬＯＡＮ＿ＩＤ", "account_no"),
        ("Loan ID", "account_no"),
        ("借款人\n姓名", "borrower_name"),
        ("借款人姓名：", "borrower_name"),
        ("身份證號碼", "id_no"),
        ("身份证号码（18位）", "id_no"),
        ("客户手机号码", "mobile"),
        ("借款人性别", "gender"),
        ("剩余本金（元）", "outstanding_principal"),
        ("罚息金额", "penalty_due"),
        ("還款方式", "repayment_method"),
        ("放款日期【必填】", "disbursed_on"),
        ("principal", "principal"),
        ("1.借据号", "account_no"),
        ("（2）姓名", "borrower_name"),
        ("3、身份证号", "id_no"),
        ("Due Date", "due_on"),
        ("Phone Number", "mobile"),
        ("欠款帐龄", None),
    ],
)
def test_width_case_brackets_and_traditional_characters_do_not_matter(header: str, field: str | None) -> None:
    only = suggest([header])[0]
    assert (only.field if only.applied else None) == field


@pytest.mark.parametrize(
    ("header", "unit", "period"),
    [
        ("本金(万元)", "万元", None),
        ("金额（单位：千元）", "千元", None),
        ("日利率(‰)", "‰", "day"),
        ("月利率（%）", "%", "month"),
        ("贷款利率（年化%）", "%", "year"),
        ("利率(%/月)", "%", "month"),
        ("借款期限（年）", "年", None),
        ("执行年利率", None, "year"),
        ("本金万元", "万元", None),
    ],
)
def test_units_are_taken_off_and_remembered(header: str, unit: str | None, period: str | None) -> None:
    folded = fold(header)
    assert (folded.unit, folded.period) == (unit, period)


def test_money_columns_that_only_resemble_a_synonym_are_not_applied() -> None:
    only = suggest(["剩余应付本金额度"])[0]
    assert not only.applied


def test_a_resemblance_has_a_score_and_a_reason() -> None:
    only = suggest(["联系手机号"])[0]
    assert only.field == "mobile"
    assert only.level == "similar"
    assert 0.7 <= only.score < 1
    assert "手机号" in only.reason.zh


def test_third_persons() -> None:
    assert all(is_third_person(one) for one in ("联系人1电话", "紧急联系人", "配偶姓名", "父亲电话", "同事姓名"))
    assert not any(is_third_person(one) for one in ("联系电话", "联系地址", "借款人姓名"))


def test_every_field_is_found_by_its_own_name_and_labels() -> None:
    for field in FIELDS:
        for header in (field.name, field.label.zh, field.label.en):
            found = suggest([header])[0]
            assert found.field is not None, header
            assert found.applied or found.level == "ask", header


def test_every_synonym_alone_means_a_field() -> None:
    for field in FIELDS:
        for synonym in field.synonyms:
            found = suggest([synonym])[0]
            assert found.field in by_name(), synonym
            assert found.applied, synonym


def test_the_header_stands_below_titles_and_the_unit_note() -> None:
    rows = [
        ["某某公司2024年第3批诉讼清单", "", "", ""],
        ["单位：万元", "", "", ""],
        ["", "", "", ""],
        ["借据号", "姓名", "身份证号", "未还本金"],
        ["HT1", "张三", "11010519491231002X", 1.2],
    ]
    header = find_header(rows)
    assert header is not None
    assert header.rows == (3,)
    assert header.first_data == 4
    assert header.sheet_unit == "万元"


def test_a_header_of_two_lines_is_joined() -> None:
    rows = [
        ["借据号", "借款人信息", "", "剩余应还", "", "", "已还", ""],
        ["", "姓名", "身份证号", "本金(万元)", "利息", "罚息", "本金", "利息"],
        ["A1", "张三", "11010519491231002X", 3, 100, 50, 1000, 200],
    ]
    header = find_header(rows)
    assert header is not None
    assert header.rows == (0, 1)
    found = {one.header: one for one in suggest(header.names)}
    assert found["剩余应还|本金(万元)"].field == "outstanding_principal"
    assert found["剩余应还|本金(万元)"].unit == "万元"
    assert found["剩余应还|罚息"].field == "penalty_due"
    assert found["借款人信息|姓名"].applied
    assert not found["已还|本金"].applied


def test_a_sheet_of_numbers_has_no_header() -> None:
    assert find_header([[1, 2, 3], [4, 5, 6]]) is None
    assert find_header([]) is None


def test_the_same_layout_has_the_same_hash() -> None:
    assert header_hash(["借據號", "姓 名", "本金（万元）"]) == header_hash(["借据号", "姓名", "本金(万元)"])
    assert header_hash(["本金(万元)"]) != header_hash(["本金(元)"])
