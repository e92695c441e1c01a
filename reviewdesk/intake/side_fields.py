"""The sheets beside the accounts: repayments, demands, evidence, the schedule; how they and their columns are called.

Also the words by which demands and papers are told apart. Order counts: of two kinds that a text names, the one that
stands earlier in its table is meant, so the narrower comes first (`律师函` before `函`).
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from reviewdesk.errors import Text

SideKind = Literal["repayments", "demands", "evidence", "schedule"]
Reading = Literal[
    "date",
    "moment",
    "clock",
    "money",
    "text",
    "number",
    "channel",
    "outcome",
    "arrival",
    "paper",
    "state",
    "digest",
    "entry",
    "mark",
]


UNREAD: Final = "unread"
"""The fact that names the kinds of which a case has no list, as a row of its account cannot be read."""


@dataclass(frozen=True, slots=True)
class SideField:
    """A column of a side sheet. `adds`: several columns of it are added up (`罚息` and `违约金` are both penalty)."""

    name: str
    reads: Reading
    label: Text
    synonyms: tuple[str, ...]
    adds: bool = False


@dataclass(frozen=True, slots=True)
class SideSheetKind:
    """A kind of side sheet.

    `named`: sheet names that say so. `required`: of each group a row must fill one. `neutral`: upper header lines that
    add nothing to the lower one. `whole`: a list that lacks a row misleads more than no list, so that an account with
    an unreadable row has none.
    """

    kind: SideKind
    label: Text
    named: re.Pattern[str]
    fields: tuple[SideField, ...]
    required: tuple[tuple[str, ...], ...]
    neutral: re.Pattern[str]
    whole: bool


def _field(name: str, reads: Reading, zh: str, en: str, synonyms: str, *, adds: bool = False) -> SideField:
    return SideField(name, reads, Text(zh, en), (*synonyms.split(), name), adds)


REPAYMENTS = SideSheetKind(
    "repayments",
    Text("还款明细", "repayments"),
    re.compile(r"还款(?!计划)|流水|repayment|payment|ledger", re.IGNORECASE),
    (
        _field(
            "paid_on",
            "date",
            "还款日期",
            "Paid on",
            "还款日期 实际还款日期 实际还款日 实还日期 实还日 还款时间 实际还款时间 还款日 入账日期 入账时间 "
            "入账日 交易日期 交易时间 交易日 扣款日期 扣款时间 支付日期 支付时间 到账日期 记账日期 日期 "
            "payment_date repayment_date transaction_date date",
        ),
        _field(
            "amount",
            "money",
            "还款金额",
            "Amount",
            "还款金额 还款总额 实还金额 实还总额 实际还款金额 本次还款金额 本期还款金额 交易金额 入账金额 "
            "扣款金额 支付金额 还款额 实还合计 还款合计 实收金额 已还金额 金额 合计 payment_amount "
            "repayment_amount paid_amount",
        ),
        _field(
            "principal",
            "money",
            "其中本金",
            "Of it principal",
            "还款本金 实还本金 归还本金 偿还本金 已还本金 还本金 冲抵本金 抵充本金 其中本金 本金 principal_paid",
        ),
        _field(
            "interest",
            "money",
            "其中利息",
            "Of it interest",
            "还款利息 实还利息 归还利息 偿还利息 已还利息 还利息 冲抵利息 抵充利息 其中利息 利息 interest_paid",
        ),
        _field(
            "penalty",
            "money",
            "其中罚息",
            "Of it penalty interest",
            "还款罚息 实还罚息 归还罚息 偿还罚息 已还罚息 还罚息 冲抵罚息 其中罚息 罚息 逾期利息 实还逾期利息 "
            "复利 实还复利 违约金 实还违约金 滞纳金 实还滞纳金 penalty_paid",
            adds=True,
        ),
        _field(
            "fees",
            "money",
            "其中费用",
            "Of it fees",
            "还款费用 实还费用 已还费用 还费用 其中费用 费用 服务费 实还服务费 担保费 实还担保费 手续费 "
            "实还手续费 保费 实还保费 管理费 实还管理费 fees_paid",
            adds=True,
        ),
        _field(
            "channel",
            "text",
            "还款渠道",
            "Channel",
            "还款渠道 还款方式 支付渠道 支付方式 交易渠道 还款途径 渠道 payment_method",
        ),
        _field(
            "entry",
            "entry",
            "交易类型",
            "Kind of entry",
            "交易类型 还款类型 入账类型 记账类型 流水类型 交易种类 账务类型 交易摘要 还款摘要 记账摘要 流水摘要 摘要 "
            "transaction_type entry_type payment_type",
        ),
        _field(
            "reversal",
            "mark",
            "冲正标志",
            "Reversal",
            "冲正标志 冲正标识 是否冲正 红冲标志 红冲标识 是否红冲 撤销标志 是否撤销 退款标志 是否退款 "
            "is_reversal reversed",
        ),
    ),
    (("paid_on",), ("amount", "principal", "interest", "penalty", "fees")),
    re.compile(r"^(?:实还|实际还款|还款|本次还款|还款(?:信息|情况|明细)|明细)$"),
    whole=True,
)

DEMANDS = SideSheetKind(
    "demands",
    Text("催收记录", "demands"),
    re.compile(r"催收|催告|催款|联系记录|demand|collection", re.IGNORECASE),
    (
        _field(
            "on",
            "moment",
            "催收日期",
            "Demanded on",
            "催收日期 催告日期 催收日 联系日期 拨打日期 通话日期 发送日期 跟进日期 作业日期 处理日期 日期 "
            "demand_date contact_date date",
        ),
        _field(
            "at",
            "clock",
            "催收时间",
            "Time of day",
            "催收时间 催告时间 联系时间 拨打时间 通话时间 发送时间 跟进时间 作业时间 处理时间 具体时间 时刻 时间 "
            "demand_time contact_time contacted_at time",
        ),
        _field(
            "channel",
            "channel",
            "催收方式",
            "Channel",
            "催收方式 催告方式 催收渠道 催收途径 联系方式 触达方式 沟通方式 通知方式 发送方式 催收类型 方式 渠道 "
            "demand_channel contact_method method",
        ),
        _field(
            "outcome",
            "outcome",
            "催收结果",
            "Outcome",
            "催收结果 联系结果 通话结果 跟进结果 触达结果 催收状态 沟通结果 处理结果 结果 contact_result result",
        ),
        _field(
            "proof",
            "text",
            "催收凭证",
            "Proof",
            "催收凭证 送达凭证 凭证 凭证编号 录音编号 录音 录音文件 回执 回执编号 证据 证据编号 存证编号 截图 "
            "附件 proof_reference recording",
        ),
        _field(
            "delivered",
            "arrival",
            "是否送达",
            "Delivered",
            "是否送达 是否触达 是否接通 是否成功 送达状态 送达情况 触达状态 接通状态 发送状态 is_delivered",
        ),
    ),
    (("on",),),
    re.compile(r"^(?:催收|催告|催收(?:信息|情况|记录|明细))$"),
    whole=False,
)

EVIDENCE = SideSheetKind(
    "evidence",
    Text("证据清单", "evidence"),
    re.compile(r"证据|材料|资料清单|影像|evidence|exhibit", re.IGNORECASE),
    (
        _field(
            "kind",
            "paper",
            "证据名称",
            "Kind of evidence",
            "证据名称 证据类型 证据种类 证据类别 证据 材料名称 材料类型 材料 资料名称 资料类型 文件类型 名称 "
            "类型 evidence_kind evidence_type document",
        ),
        _field(
            "state",
            "state",
            "是否齐全",
            "There or not",
            "是否齐全 是否有 有无 是否提供 是否具备 是否已提供 提供情况 齐全情况 证据状态 材料状态 状态 情况 "
            "份数 数量 status",
        ),
        _field(
            "reference",
            "text",
            "文件名或编号",
            "File or number",
            "文件名 文件名称 附件名称 附件 证据编号 材料编号 文件编号 存证编号 编号 索引 页码 路径 file_name file",
        ),
        _field("sha256", "digest", "哈希值", "SHA-256", "哈希值 哈希 文件哈希 文件哈希值 sha-256 hash checksum"),
        _field(
            "issued_on",
            "date",
            "出具日期",
            "Issued on",
            "出具日期 签署日期 形成日期 签发日期 签订日期 出具时间 形成时间 证据日期 日期 issue_date date",
        ),
        _field(
            "amount", "money", "凭证金额", "Amount", "凭证金额 放款金额 转账金额 付款金额 交易金额 金额 proof_amount"
        ),
    ),
    (("kind",),),
    re.compile(r"^(?:证据|材料|证据(?:信息|情况|清单|目录)|借款人|原告|出借人)$"),
    whole=False,
)

SCHEDULE = SideSheetKind(
    "schedule",
    Text("还款计划", "schedule"),
    re.compile(r"计划|schedule|instal", re.IGNORECASE),
    (
        _field(
            "term",
            "number",
            "期次",
            "Instalment",
            "期次 期数 期号 期序 第几期 还款期次 还款期数 当前期数 instalment_no period",
        ),
        _field(
            "due_on",
            "date",
            "应还日期",
            "Due on",
            "应还日期 应还款日 应还款日期 应还日 计划还款日 计划还款日期 约定还款日 约定还款日期 到期日 到期日期 "
            "还款日期 还款日 due_date",
        ),
        _field(
            "principal",
            "money",
            "应还本金",
            "Principal",
            "应还本金 计划本金 计划应还本金 当期本金 本期本金 本金 principal_due",
        ),
        _field(
            "interest",
            "money",
            "应还利息",
            "Interest",
            "应还利息 计划利息 计划应还利息 当期利息 本期利息 利息 interest_due",
        ),
        _field(
            "fees",
            "money",
            "应还费用",
            "Fees",
            "应还费用 计划费用 费用 应还服务费 服务费 应还担保费 担保费 应还手续费 手续费 应还保费 保费 fees_due",
            adds=True,
        ),
    ),
    (("due_on",), ("principal",), ("interest",)),
    re.compile(r"^(?:应还|计划|计划还款|应还款|还款计划|计划应还|当期)$"),
    whole=True,
)

SIDE_SHEET_KINDS: tuple[SideSheetKind, ...] = (SCHEDULE, DEMANDS, EVIDENCE, REPAYMENTS)
"""In the order in which a sheet's name is asked: `还款计划` is a schedule before it is about repayments."""

Words = tuple[tuple[str, re.Pattern[str]], ...]


def _words(**named: str) -> Words:
    return tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in named.items())


CHANNELS = _words(
    lawyer_letter=r"律师函|lawyer",
    wechat=r"微信|企微|wechat|weixin",
    email=r"电子邮|邮箱|邮件|e-?mail",
    sms=r"短信|短讯|彩信|信息|sms|text",
    call=r"电话|电催|外呼|语音|拨打|通话|智能|机器人|call|phone|ivr",
    letter=r"函|信件|挂号|快递|邮寄|邮政|ems|书面|letter|mail",
    app=r"app|站内|推送|客户端|push",
    visit=r"上门|外访|面访|走访|面谈|实地|家访|visit|field",
    media=r"公告|登报|报纸|媒体|media|newspaper",
)
"""How a demand was made; what names none of these is `other`."""

OUTCOMES = _words(
    no_answer=r"未接|未送达|未触达|未成功|无人|没人|关机|停机|空号|占线|拒接|挂断|忙|失败|退回|退件|无法接通|no.?answer|fail|busy",
    refused=r"拒绝|拒还|拒不|不同意|refus",
    promised=r"承诺|答应|同意|约定还款|协商还款|ptp|promis",
    delivered=r"送达|触达|签收|接通|已接|本人接|已读|成功|接听|deliver|answered|success",
)
"""What came of a demand; what names none of these is `unknown`."""

PAPERS = _words(
    power_of_attorney=r"委托书|授权书|power.?of.?attorney",
    disclosure_form=r"明示表|综合融资成本|disclosure",
    esign_certificate=r"^电子签|签名证书|签章证书|存证|验签|CA证书|时间戳|e-?sign",
    assignment_notice=r"转让通知|债转通知|assignment.?notice",
    assignment=r"转让|债转|assignment",
    acceleration=r"提前到期|加速到期|accelerat",
    compensation=r"代偿|理赔|赔付|赔款|compensation",
    service_address=r"送达地址|service.?address",
    delivery=r"送达回执|送达凭证|送达证明|签收|回执|妥投|delivery",
    demand=r"催收|催告|催款|demand",
    guarantee=r"担保|保证合同|保证保险|保单|保险单|保险合同|抵押|质押|guarantee",
    schedule=r"还款计划|分期计划|schedule",
    ledger=r"还款明细|还款流水|还款记录|交易流水|欠款明细|欠款计算|账单|ledger",
    disbursement=r"放款|发放凭证|转账凭证|支付凭证|打款|付款凭证|disburse",
    identity_lender=r"营业执照|许可证|法定代表人|法人|原告|出借人|贷款人|主体资格|identity_lender|licence",
    identity_borrower=r"身份证|身份证明|身份信息|被告|户籍|户口|人脸|identity",
    contract=r"合同|借据|借款协议|贷款协议|授信协议|contract|agreement",
)
"""What a paper in the list of evidence is."""

_BESIDE_REVERSAL = (
    r"贷款|借款|还款|扣款|代扣|划扣|批扣|自动|银行|交易|流水|入账|记账|账务|业务|本金|利息|罚息|本息|费用|金额|款项|资金|"
    r"原|系统|人工|客户|重复|多扣|误扣|多还|多收|错扣|错账|差错|错误|红字|年|月|日|期|第|笔|号|的|"
    r"payment|repayment|loan|direct|debit|of|the"
)
REVERSAL = re.compile(
    rf"(?:{_BESIDE_REVERSAL}|失败|余额不足)*"
    r"(?:冲正|红冲|冲红|冲销|冲账|反冲|抹账|撤销|退款|退回|退票|reversal|refund|chargeback)"
    rf"(?:{_BESIDE_REVERSAL})*",
    re.IGNORECASE,
)
"""What the kind of an entry says, digits and signs left out, where it is a reversal beyond doubt."""

ABOUT_REVERSAL = re.compile(
    r"冲正|红冲|冲红|冲销|冲账|反冲|抹账|撤销|撤回|退款|退回|退票|退还|revers|refund|chargeback|bounce", re.IGNORECASE
)
"""What speaks of a reversal, but may be a payment that was reversed (`已冲正`), or a reversal that failed."""

STATES = _words(
    not_needed=r"不适用|不需要|无需|无须|不涉及|不用|n/?a$|not.?need",
    absent=r"^(?:无|没有|缺|缺失|缺少|未|否|不|没|x|×|✗|n|no|false|0|待)|未提供|不齐|不全|缺失|absent|missing",
    present=r"有|齐|全|是|已|提供|具备|√|✓|✔|☑|^[1-9]\d?份?$|^y$|yes|true|present|ok",
)
"""Whether a paper is there."""

LABELS: dict[str, Text] = {
    "identity_borrower": Text("借款人身份证明", "borrower's identity"),
    "identity_lender": Text("出借人主体资格", "lender's standing"),
    "contract": Text("借款合同", "loan contract"),
    "esign_certificate": Text("电子签名证书", "e-signature certificate"),
    "disbursement": Text("放款凭证", "disbursement proof"),
    "schedule": Text("还款计划", "schedule"),
    "ledger": Text("还款明细", "repayment ledger"),
    "demand": Text("催收记录", "demand"),
    "delivery": Text("送达凭证", "proof of delivery"),
    "acceleration": Text("提前到期通知", "acceleration notice"),
    "assignment": Text("债权转让协议", "assignment contract"),
    "assignment_notice": Text("债权转让通知", "assignment notice"),
    "compensation": Text("代偿证明", "proof of payment for the borrower"),
    "guarantee": Text("担保或保险合同", "guarantee or insurance contract"),
    "power_of_attorney": Text("授权委托书", "power of attorney"),
    "service_address": Text("送达地址确认书", "confirmed service address"),
    "disclosure_form": Text("综合融资成本明示表", "disclosure of the all-in cost"),
    "present": Text("有", "there"),
    "absent": Text("无", "absent"),
    "not_needed": Text("不适用", "not needed"),
}
"""What the papers and their states are called in messages."""
