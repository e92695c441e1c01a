"""The canonical fields: what a sheet may say of an account, how it is called in headers, and how its values are read.

The order of a field's synonyms is their strength: of two columns that fit one field, the one whose header stands
earlier wins and the other waits for a person. The synonyms come from header rows of lenders, insurers, collection
firms and core systems.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Literal

from reviewdesk.errors import Text
from reviewdesk.masking import is_personal

Kind = Literal[
    "account",
    "text",
    "name",
    "address",
    "id_number",
    "mobile",
    "card",
    "code",
    "money",
    "rate",
    "date",
    "terms",
    "count",
    "yes_no",
    "proof",
    "choice",
    "bucket",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical field.

    `synonyms`: headers that mean this field. `weak`: headers that mean it only when no stronger column does, always
    shown to a person for confirmation. `negative`: whether a sheet may state an amount below zero (a correction).
    """

    name: str
    kind: Kind
    label: Text
    synonyms: tuple[str, ...]
    weak: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    negative: bool = False

    @property
    def personal(self) -> bool:
        """Whether the value belongs to the sealed envelope."""
        return is_personal(self.name)

    @property
    def required(self) -> bool:
        """Whether a row without it is rejected."""
        return self.name in REQUIRED


REQUIRED = ("account_no", "borrower_name", "id_no")
"""A row in which the cell of one of these is blank is rejected; the sheet must have a column for the first."""

MONEY_BASIS = ("outstanding_principal", "total_claimed", "principal")
"""At least one of these says what the row is about."""

LENDER_KINDS: dict[str, tuple[str, ...]] = {
    "consumer_finance": ("消费金融公司", "消费金融", "消金", "消金公司", "持牌消费金融", "consumer finance"),
    "micro_loan": ("小额贷款公司", "网络小贷", "小额贷款", "小贷公司", "小贷", "互联网小贷", "micro loan"),
    "assisted": ("助贷", "联合贷", "联合贷款", "助贷机构", "assisted"),
    "guarantor": ("融资担保公司", "担保公司", "融资担保", "担保", "融担", "guarantor"),
    "insurer": ("保险公司", "财险公司", "财险", "保险", "保证保险", "insurer"),
    "bank": ("银行", "商业银行", "农商行", "村镇银行", "信用社", "民营银行", "bank"),
    "private": ("民间", "民间借贷", "个人", "自然人", "其他", "其它", "private"),
}

REPAYMENT_METHODS: dict[str, tuple[str, ...]] = {
    "equal_instalments": ("等额本息", "按月等额本息", "等额本息还款", "等额还款", "equal instalments"),
    "equal_principal": ("等额本金", "按月等额本金", "等额本金还款", "equal principal"),
    "interest_first": (
        "先息后本",
        "按月付息到期还本",
        "按期付息到期还本",
        "每月还息到期还本",
        "按月付息",
        "按月计息到期还本",
        "分期付息到期还本",
        "按季付息到期还本",
        "interest first",
    ),
    "bullet": (
        "到期一次还本付息",
        "一次性还本付息",
        "到期一次性还本付息",
        "到期还本付息",
        "一次还本付息",
        "一次性还款",
        "利随本清",
        "bullet",
    ),
    "on_demand": ("随借随还", "随借随还按日计息", "on demand"),
}

GENDERS: dict[str, tuple[str, ...]] = {
    "男": ("男", "男性", "m", "male", "先生"),
    "女": ("女", "女性", "f", "female", "女士"),
}

SIGNING: dict[str, tuple[str, ...]] = {
    "electronic": (
        "电子签名",
        "电子签约",
        "电子签",
        "电子签章",
        "电子",
        "线上",
        "在线",
        "线上签约",
        "网签",
        "电子合同",
        "e签",
    ),
    "paper": ("纸质", "线下", "面签", "线下签约", "纸质合同", "手写签名", "书面", "现场签约"),
}


def _joined(prefixes: str, nouns: str) -> tuple[str, ...]:
    return tuple(a + b for b, a in product(nouns.split(), prefixes.split()))


_OWED = "未还 剩余 剩余未还 剩余应还 应还 欠付 结欠 尚欠 待还 拖欠 未付 当前 欠款 逾期 应付"
_FEE_NOUNS = "服务费 手续费 担保费 保费 咨询费 管理费 费用 会员费 其他费用 其它费用 律师费"


def _field(
    name: str,
    kind: Kind,
    zh: str,
    en: str,
    synonyms: str,
    *,
    also: tuple[str, ...] = (),
    weak: str = "",
    choices: dict[str, tuple[str, ...]] | None = None,
    negative: bool = False,
) -> Field:
    words = (*synonyms.split(), *also)
    return Field(name, kind, Text(zh, en), words, tuple(weak.split()), choices or {}, negative)


FIELDS: tuple[Field, ...] = (
    _field(
        "account_no",
        "account",
        "借据号",
        "Account number",
        "借据号 借据编号 借据号码 借据 贷款编号 贷款账号 借款编号 订单号/合同号 订单号 订单编号 业务编号 "
        "资产编号 账户编号 支用单号 放款号 贷款号 借款单号 放款单号 loan_id loan_no loanid loan_number account_no "
        "account_number 合同编号 合同号 借款合同号 借款合同编号 贷款合同编号 贷款合同号 contract_no",
        weak="协议号 协议编号 申请单号 申请编号 报单编号 案件编号 案件号 案件id 委案编号 case_id",
    ),
    _field(
        "contract_no",
        "account",
        "合同编号",
        "Contract number",
        "合同编号 合同号 借款合同号 借款合同编号 贷款合同编号 贷款合同号 授信合同编号 电子合同编号 "
        "contract_no 合同号码",
        weak="协议号 协议编号",
    ),
    _field(
        "product",
        "text",
        "产品名称",
        "Product",
        "产品名称 贷款产品名称 产品 业务品种 贷款品种 贷款产品 产品类型 信贷分类 product product_name",
        weak="产品简称 商品 渠道 场景",
    ),
    _field(
        "borrower_name",
        "name",
        "借款人姓名",
        "Borrower's name",
        "借款人姓名 借款人 客户姓名 被告姓名 被告名称 被告 债务人姓名 债务人 主借人姓名 主借人 案人姓名 "
        "欠款人 欠款人姓名 客户名称 户名 "
        "账户名称 姓名 borrower borrower_name customer_name name 客户名",
    ),
    _field(
        "id_no",
        "id_number",
        "身份证号",
        "ID number",
        "身份证号 身份证号码 公民身份号码 公民身份证号 借款人身份证号 借款人身份证号码 借款人证件号码 "
        "客户身份证号 客户证件号 客户证件号码 "
        "被告身份证号 被告身份证号码 被告身份证 债务人身份证号 身份证 证件号码 证件号 证件编号 id_no "
        "id_card id_number idcard id_card_no id_card_number national_id",
    ),
    _field(
        "mobile",
        "mobile",
        "手机号",
        "Mobile number",
        "手机号 手机号码 手机 移动电话 客户手机 客户手机号 借款人手机号 借款人手机 借款人电话 本人手机 "
        "被告手机 被告手机号 被告电话 "
        "被告电话号码 预留手机号 联系电话 电话 电话号码 mobile phone mobile_no phone_number mobile_number phone_no",
        weak="联系方式",
    ),
    _field("gender", "choice", "性别", "Gender", "性别 被告性别 借款人性别 gender sex", choices=GENDERS),
    _field("ethnicity", "text", "民族", "Ethnicity", "民族 被告民族 借款人民族"),
    _field(
        "id_address",
        "address",
        "户籍地址",
        "Registered address",
        "户籍地址 身份证地址 被告户籍地地址 被告户籍地址 户籍地 户籍所在地 身份证住址 证件地址 住所地 住址 "
        "被告住所地 被告住址 registered_address 地址 address",
    ),
    _field(
        "contact_address",
        "address",
        "联系地址",
        "Contact address",
        "送达地址 联系地址 现住址 现住地址 居住地址 通讯地址 经常居住地 住宅地址 家庭地址 家庭住址 现居住地 "
        "现居地址 通信地址 贷款合同约定地址 "
        "合同约定地址 合同约定送达地址 mailing_address home_address service_address",
    ),
    _field(
        "employer",
        "text",
        "工作单位",
        "Employer",
        "工作单位 单位名称 工作单位名称 就职单位 任职单位 employer",
        weak="公司名称",
    ),
    _field(
        "bank_card",
        "card",
        "银行卡号",
        "Bank card",
        "银行卡号 还款卡号 放款卡号 收款银行账号 收款账号 还款账号 还款银行卡号 银行账号 bank_card",
        weak="卡号 账号 借款放款账户",
    ),
    _field(
        "payee_name",
        "name",
        "收款人",
        "Payee",
        "收款人 收款人姓名 收款户名 收款账户名 收款账户名称 收款人户名 放款账户名 放款账户名称 放款户名 "
        "payee payee_name",
    ),
    _field(
        "lender_name",
        "text",
        "出借人",
        "Lender",
        "原告 原告名称 债权人 现债权公司 现债权人 出借人 出借人名称 贷款人 贷款人名称 资方 资方名称 "
        "放款机构 放款机构名称 放款主体 贷款机构 "
        "出资方 资金方 lender lender_name",
        weak="委托方 委案方 合作机构",
    ),
    _field(
        "lender_code",
        "code",
        "统一社会信用代码",
        "Lender's credit code",
        "统一社会信用代码 社会信用代码 信用代码 原告统一社会信用代码 出借人统一社会信用代码 uscc",
    ),
    _field(
        "lender_kind",
        "choice",
        "机构类型",
        "Kind of lender",
        "机构类型 出借人类型 资方类型 机构类别 机构性质 出借机构类型 lender_kind lender_type",
        choices=LENDER_KINDS,
    ),
    _field(
        "licence_no",
        "text",
        "金融许可证号",
        "Licence number",
        "金融许可证号 许可证号 金融许可证编号 许可证编号 经营许可证号 牌照号 licence_no",
    ),
    _field(
        "contract_date",
        "date",
        "签约日期",
        "Contract date",
        "签约日期 合同签订日 合同签订日期 签订日期 合同签约时间 合同签订时间 签约时间 签订时间 合同日期 "
        "签署日期 借款日期 借款日 contract_date",
        weak="贷款日期 申请日期",
    ),
    _field(
        "disbursed_on",
        "date",
        "放款日期",
        "Disbursed on",
        "放款日期 放款日 贷款发放日期 贷款发放日 发放日期 发放日 放款时间 实际放款日期 实际放款日 起息日 "
        "起息日期 借据起始日 借据起期 "
        "放款日期开户日期 disbursed_on loan_date disbursement_date date_of_disbursement 贷款日期 借款日期 借款日",
        weak="开户日期 起始日期",
    ),
    _field(
        "due_on",
        "date",
        "到期日",
        "Due on",
        "贷款到期日 贷款到期日期 借款到期日 借款到期日期 合同到期日 合同到期日期 借据到期日 借据到期日期 "
        "贷款截止日 到期日期 到期日 due_on "
        "maturity_date due_date",
    ),
    _field(
        "principal",
        "money",
        "借款本金",
        "Contract principal",
        "借款本金 借款金额 贷款金额 合同金额 放款本金 贷款本金 合同本金 借款数额 签约金额 放款金额 支用金额 "
        "借据金额 借款合同金额 贷款合同金额 "
        "principal loan_amount contract_amount 本金",
        weak="授信额度 合同金额授信额度",
    ),
    _field(
        "disbursed_amount",
        "money",
        "实际放款金额",
        "Amount disbursed",
        "实际放款金额 到账金额 实放金额 实际到账 实际到账金额 实际发放金额 贷款金额实际发放金额 实际放款额 "
        "实收金额 disbursed_amount",
    ),
    _field(
        "annual_rate",
        "rate",
        "年利率",
        "Annual rate",
        "年利率 执行利率 合同利率 年化利率 贷款利率 借款利率 执行年利率 合同年利率 贷款年利率 借款年利率 "
        "annual_interest_rate 月利率 日利率 执行月利率 贷款月利率 "
        "合同月利率 借款月利率 执行日利率 贷款日利率 合同日利率 借款日利率 月息 日息 年息 综合年化 年化 "
        "综合年化利率 annual_rate interest_rate",
        weak="利率 费率 借款费率 irr",
    ),
    _field(
        "penalty_rate",
        "rate",
        "罚息利率",
        "Penalty rate",
        "罚息利率 逾期利率 逾期年利率 罚息年利率 罚息日利率 逾期日利率 罚息月利率 逾期月利率 逾期罚息利率 penalty_rate",
        weak="罚息约定",
    ),
    _field(
        "repayment_method",
        "choice",
        "还款方式",
        "Repayment method",
        "还款方式 还本付息方式 repayment_method",
        weak="分期类型",
        choices=REPAYMENT_METHODS,
    ),
    _field(
        "terms",
        "terms",
        "期数",
        "Instalments",
        "期数 总期数 借款期数 分期期数 贷款期数 分期数 期数/总期数 借款期限 贷款期限 合同期限 放款期限 "
        "借款期限月 贷款期限月 期限 terms loan_term tenor loan_tenor number_of_instalments number_of_installments",
    ),
    _field(
        "terms_paid",
        "count",
        "已还期数",
        "Instalments paid",
        "已还期数 已还期次 已还款期数 已偿还期数 terms_paid installments_paid",
    ),
    _field(
        "outstanding_principal",
        "money",
        "未还本金",
        "Outstanding principal",
        "剩余本金 未还本金 本金余额 贷款余额 借款余额 借据余额 剩余未还本金 outstanding_principal principal_balance",
        also=(
            *_joined("欠款 结欠 待还 尚欠 拖欠 剩余应还 未偿 未偿还 未归还 应还 剩余待还 当前剩余 欠付", "本金"),
            "欠本",
            "逾期本金",
        ),
        weak="本金 转让本金 当前应扣本金",
    ),
    _field(
        "interest_due",
        "money",
        "欠息",
        "Interest due",
        "欠息 未还利息 应收利息 结欠利息 正常利息",
        also=(
            *_joined(" ".join(p for p in _OWED.split() if p not in {"未还", "结欠", "逾期"}), "利息"),
            "利息",
            "interest_due",
            "accrued_interest",
        ),
        weak="逾期利息 转让利息 表内欠息",
        negative=True,
    ),
    _field(
        "penalty_due",
        "money",
        "罚息",
        "Penalty interest due",
        "罚息 罚金 罚息金额",
        also=(*_joined(_OWED, "罚息"), "逾期利息", "penalty_due", "penalty_interest"),
        negative=True,
    ),
    _field(
        "compound_due",
        "money",
        "复利",
        "Compound interest due",
        "复利 复息 复利金额",
        also=(*_joined(_OWED, "复利 复息"), "compound_due"),
        negative=True,
    ),
    _field(
        "damages_due",
        "money",
        "违约金",
        "Damages due",
        "违约金 违约金金额 滞纳金",
        also=(*_joined(_OWED, "违约金 滞纳金"), "damages_due"),
        negative=True,
    ),
    _field(
        "fees_due",
        "money",
        "费用",
        "Fees due",
        _FEE_NOUNS,
        also=(*_joined(_OWED, _FEE_NOUNS), "fees_due"),
        weak="转让其他",
        negative=True,
    ),
    _field(
        "total_claimed",
        "money",
        "欠款总额",
        "Total claimed",
        "诉请金额 起诉金额 诉讼标的 诉讼标的额 标的额 标的金额 标的总额 欠款总额 当前欠款总额 剩余待还金额 "
        "应还总额 应还金额总 未还总额 结清金额 "
        "暂计金额 委案金额 最新欠款 结案应还金额 诉讼金额 欠款总金额 欠款金额 欠款合计 应还合计 债权总额 "
        "total_claimed total_due total_outstanding amount_claimed 合计",
        weak="逾期金额 逾期余额 转让金额 总金额 总计 应还金额 逾期总额",
    ),
    _field(
        "monthly_fee",
        "money",
        "每期费用",
        "Fee each instalment",
        "每期费用 月服务费 每月服务费 每期服务费 月担保费 每期担保费 每月担保费 每月应还保费金额 月保费 "
        "每月保费 每期保费 月管理费 monthly_fee",
    ),
    _field(
        "claim_paid",
        "money",
        "代偿金额",
        "Paid for the borrower",
        "代偿金额 理赔金额 赔付款 赔付金额 代偿款 代偿总额 代偿本息 赔款金额 claim_paid",
    ),
    _field(
        "claim_paid_on",
        "date",
        "代偿日期",
        "Paid for the borrower on",
        "代偿日期 理赔日期 赔付时间 赔付日期 代偿时间 代偿日 理赔时间 claim_paid_on",
    ),
    _field(
        "premium_due",
        "money",
        "拖欠保费",
        "Premium due",
        "拖欠保费金额 保险费欠付数额 拖欠保费 欠付保费 未付保费 欠缴保费 保费欠付金额 premium_due",
        negative=True,
    ),
    _field(
        "paid_total",
        "money",
        "已还总额",
        "Paid so far",
        "已还总额 累计还款 已还金额 累计还款金额 累计已还 累计已还金额 已还款总额 累计还款总额 还款总额 "
        "paid_total amount_paid total_paid",
        weak="转让前已还金额 还款金额",
        negative=True,
    ),
    _field(
        "last_paid_on",
        "date",
        "最后还款日",
        "Last repaid on",
        "最后还款日 最近还款日期 末次还款日 最后还款日期 最近还款日 末次还款日期 最后一次还款日期 "
        "最后一次还款日 最近一次还款日期 最后还款时间 "
        "last_paid_on last_payment_date last_repayment_date",
    ),
    _field(
        "days_overdue",
        "count",
        "逾期天数",
        "Days overdue",
        "逾期天数 逾期日数 当前逾期天数 已逾期天数 days_overdue dpd overdue_days days_past_due",
        weak="最大逾期天数",
    ),
    _field(
        "first_overdue_on",
        "date",
        "首次逾期日",
        "First overdue on",
        "首次逾期日 首次逾期日期 逾期起始日 逾期起始日期 逾期开始日 逾期开始日期 逾期日期 逾期日 逾期时间 "
        "first_overdue_on overdue_date overdue_since",
    ),
    _field(
        "bucket",
        "bucket",
        "逾期等级",
        "Bucket",
        "逾期等级 逾期阶段 账龄 逾期账龄 逾期时段 拖欠级别 手别 催收手别 bucket",
        weak="m值系数",
    ),
    _field(
        "accelerated_on",
        "date",
        "提前到期日",
        "Accelerated on",
        "宣布提前到期日 宣布提前到期日期 提前到期日 提前到期日期 宣告提前到期日 加速到期日 加速到期日期 accelerated_on",
    ),
    _field(
        "calculated_to",
        "date",
        "计算截止日",
        "Calculated to",
        "利息计算截止日 计算截止日 利息计算截止日期 计算截止日期 计息截止日 计息截止日期 统计日期 数据日期 "
        "截止日期 截止日 暂计至 calculated_to "
        "as_of",
    ),
    _field(
        "last_demand_on",
        "date",
        "最后催收日",
        "Last demand on",
        "最后催收日 最近催收日期 最后催收日期 最近催收日 最近一次催收日期 末次催收日期 催收日期 last_demand_on",
    ),
    _field(
        "demand_proof",
        "proof",
        "催收凭证",
        "Proof of the demand",
        "催收凭证 送达凭证 催收送达凭证 催收送达 催告送达凭证 demand_proof",
    ),
    _field(
        "agreed_court",
        "text",
        "约定法院",
        "Agreed court",
        "约定法院 约定管辖 管辖法院 约定管辖法院 合同约定管辖法院 agreed_court court_agreed",
        weak="起诉法院",
    ),
    _field(
        "service_address_confirmed",
        "proof",
        "送达地址确认",
        "Service address confirmed",
        "送达地址确认 送达地址确认书 是否确认送达地址 送达地址是否确认 service_address_confirmed",
    ),
    _field(
        "contract_signed_by",
        "choice",
        "签约方式",
        "How signed",
        "签约方式 签署方式 合同签订方式 签订方式 contract_signed_by",
        choices=SIGNING,
    ),
    _field(
        "esign_certificate",
        "account",
        "电子签名证书编号",
        "E-signature certificate",
        "电子签名证书编号 存证编号 电子签名证书 证书编号 电子存证编号 签名证书编号 esign_certificate",
    ),
    _field(
        "assigned_from",
        "text",
        "原债权人",
        "Assigned from",
        "原债权人 转让方 原债权公司 原债权人名称 债权转让方 assigned_from",
    ),
    _field(
        "assignment_notice_on",
        "date",
        "债权转让通知日",
        "Assignment notice on",
        "债权转让通知日 债权转让通知日期 债转通知时间 债转通知日期 转让通知日期 转让通知日 债权转让通知时间 "
        "assignment_notice_on",
    ),
    _field(
        "guaranteed",
        "yes_no",
        "是否起诉保证人",
        "Guarantor sued",
        "是否起诉保证人 是否有保证人 有无保证人 是否保证担保 是否列保证人为被告 guaranteed",
    ),
    _field(
        "guarantee_until",
        "date",
        "保证期间届满日",
        "Guarantee until",
        "保证期间届满日 保证期间截止日 保证期限届满日 保证期间到期日 保证到期日 担保到期日 guarantee_until",
    ),
    _field(
        "guarantee_claimed_on",
        "date",
        "向保证人主张日",
        "Guarantee claimed on",
        "向保证人主张日 向保证人主张权利日 保证人催告日 保证责任主张日 guarantee_claimed_on",
    ),
    _field("evidence_identity", "proof", "身份证明", "Identity proof", "身份证明 身份证复印件 身份证影像 身份证照片"),
    _field(
        "evidence_contract",
        "proof",
        "借款合同",
        "Loan contract",
        "借款合同 合同文本 合同原件 贷款合同 借款合同文本 合同附件",
    ),
    _field(
        "evidence_disbursement",
        "proof",
        "放款凭证",
        "Disbursement proof",
        "放款凭证 放款回单 放款流水 转账凭证 放款证明",
    ),
    _field("evidence_ledger", "proof", "还款明细", "Repayment ledger", "还款明细 还款流水 还款记录 还款计划及明细"),
    _field(
        "evidence_acceleration",
        "proof",
        "提前到期通知",
        "Acceleration notice",
        "提前到期通知 提前到期通知书 加速到期通知",
    ),
    _field(
        "evidence_assignment",
        "proof",
        "债权转让协议",
        "Assignment contract",
        "债权转让协议 债权转让合同 债转协议 转让协议",
    ),
    _field(
        "evidence_compensation",
        "proof",
        "代偿证明",
        "Proof of payment for the borrower",
        "代偿证明 理赔凭证 代偿凭证 理赔证明 赔付凭证",
    ),
    _field(
        "evidence_disclosure",
        "proof",
        "综合融资成本明示表",
        "Disclosure of the all-in cost",
        "综合融资成本明示表 融资成本明示表 成本明示表",
    ),
    _field("evidence_mandate", "proof", "授权委托书", "Power of attorney", "授权委托书 委托书 授权书"),
    _field("student", "yes_no", "是否学生", "Student", "是否学生 是否在校学生 学生 学生标识 student"),
    _field("deceased", "yes_no", "是否死亡", "Deceased", "是否死亡 是否身故 死亡 是否已故 死亡标识 deceased"),
    _field("complaint", "yes_no", "是否投诉", "Open complaint", "是否投诉 投诉标识 有无投诉 是否有投诉 投诉 complaint"),
    _field(
        "litigated",
        "yes_no",
        "是否诉讼",
        "Litigated",
        "是否诉讼 是否起诉 是否已诉 是否已起诉 是否已诉讼 诉讼标识 litigated",
    ),
    _field("arbitrated", "yes_no", "是否仲裁", "Arbitrated", "是否仲裁 是否已仲裁 仲裁标识 arbitrated"),
    _field("paid_off", "yes_no", "是否结清", "Paid off", "是否结清 是否已结清 结清标识 paid_off"),
    _field(
        "negotiating",
        "yes_no",
        "是否协商",
        "Negotiating",
        "是否协商 是否协商中 是否协商还款 协商标识 negotiating",
    ),
    _field("hardship", "yes_no", "是否困难", "Hardship", "是否困难 困难情况 是否困难户 是否有困难 hardship"),
    _field("insolvent", "yes_no", "是否破产", "Insolvent", "是否破产 个人破产 是否个人破产 insolvent"),
    _field("note", "text", "备注", "Note", "备注 备注信息 备注说明 附注 note remark remarks", weak="说明 特别说明"),
    _field("other_personal", "text", "其他个人信息", "Other personal data", "其他个人信息"),
)


@cache
def by_name() -> dict[str, Field]:
    """The fields by their canonical names."""
    return {known.name: known for known in FIELDS}


def field_named(name: str) -> Field:
    """The field of that canonical name.

    Raises:
        KeyError: there is none.
    """
    return by_name()[name]


def is_field(name: str) -> bool:
    """Whether this is a canonical name."""
    return name in by_name()
