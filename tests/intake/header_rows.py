"""Header rows as lenders, insurers, collection firms and core systems write them, and what each column plainly is.

`PLAIN` says which field a column fills without a person's word; `ASKED` are columns that may mean two things; what is
named in neither is no field, a second column for a field, or about a third person.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HeaderRow:
    """The columns of one kind of workbook.

    `lacks`: required fields that no column of it can fill; `key`: the fields of which account numbers are made.
    """

    name: str
    columns: tuple[str, ...]
    plain: dict[str, str]
    asked: tuple[str, ...] = ()
    third_persons: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()


def _split(headers: str) -> tuple[str, ...]:
    return tuple(headers.split())


INSURER = HeaderRow(
    "complaints of an insurer that paid for the borrower",
    _split(
        "原告名称 统一社会信用代码 负责人 原告地址 被告名称 身份证号 被告户籍地地址 贷款合同约定地址 "
        "被告手机 理赔金额 逾期日期 理赔日期 拖欠保费金额 违约金金额 违约金起算日期 起诉日期 暂计金额 "
        "贷款日期 贷款人名称 贷款人名称简称 贷款合同名称 贷款金额 利率上浮比 贷款利率 保险金额 "
        "每月应还保费金额 贷款人所在地 起诉法院 分公司名称 函号 保费逾期日期 年利率 贷款发放日期 "
        "特别约定"
    ),
    {
        "原告名称": "lender_name",
        "统一社会信用代码": "lender_code",
        "被告名称": "borrower_name",
        "身份证号": "id_no",
        "被告户籍地地址": "id_address",
        "贷款合同约定地址": "contact_address",
        "被告手机": "mobile",
        "理赔金额": "claim_paid",
        "逾期日期": "first_overdue_on",
        "理赔日期": "claim_paid_on",
        "拖欠保费金额": "premium_due",
        "违约金金额": "damages_due",
        "暂计金额": "total_claimed",
        "贷款金额": "principal",
        "每月应还保费金额": "monthly_fee",
        "年利率": "annual_rate",
        "贷款发放日期": "disbursed_on",
        "函号": "account_no",
    },
    asked=("贷款日期", "起诉法院"),
    second=("贷款人名称", "贷款利率"),
)

DISPUTES = HeaderRow(
    "loan contract disputes",
    _split(
        "被告 借款合同名称 合同签约时间 贷款人 借款数额 借款期限 还款方式 借款利率 罚息约定 逾期日期 "
        "本金 利息 罚息 合计 保证保险合同名称 保单签约时间 投保人 被保险人 保险金额 保险费数额 "
        "保险费付费约定 保险期间 违约责任约定 赔付时间 赔付款 保险费欠付数额 已缴纳保险费 借款放款账户"
    ),
    {
        "被告": "borrower_name",
        "合同签约时间": "contract_date",
        "贷款人": "lender_name",
        "借款数额": "principal",
        "借款期限": "terms",
        "还款方式": "repayment_method",
        "借款利率": "annual_rate",
        "逾期日期": "first_overdue_on",
        "本金": "outstanding_principal",
        "利息": "interest_due",
        "罚息": "penalty_due",
        "合计": "total_claimed",
        "赔付时间": "claim_paid_on",
        "赔付款": "claim_paid",
        "保险费欠付数额": "premium_due",
    },
    asked=("罚息约定", "借款放款账户"),
    lacks=("id_no",),
    key=("borrower_name", "contract_date", "principal"),
)

MANDATE = HeaderRow(
    "a collection mandate of a consumer-finance company",
    (
        *_split(
            "渠道类型 产品简称 分配机构 逾期时段 委案日期 退案日期 借据号 客户姓名 用户号 证件号码 "
            "贷款余额 手机号 委案金额 产品名称 还款银行 放款金额 放款期限 放款时间 逾期天数 公司名称 "
            "公司电话 公司地址 住宅地址 配偶姓名 配偶手机 解除逾期状态所需金额 当前欠款总额 当前应扣本金 "
            "合同编号 身份证地址 应还款日 应还利息 应还手续费 罚息 月供 最大逾期天数 最近还款日期"
        ),
        *(f"联系人{number}{what}" for number in range(1, 10) for what in ("姓名", "电话")),
    ),
    {
        "逾期时段": "bucket",
        "借据号": "account_no",
        "客户姓名": "borrower_name",
        "证件号码": "id_no",
        "贷款余额": "outstanding_principal",
        "手机号": "mobile",
        "产品名称": "product",
        "放款金额": "principal",
        "放款期限": "terms",
        "放款时间": "disbursed_on",
        "逾期天数": "days_overdue",
        "住宅地址": "contact_address",
        "当前欠款总额": "total_claimed",
        "合同编号": "contract_no",
        "身份证地址": "id_address",
        "应还利息": "interest_due",
        "应还手续费": "fees_due",
        "罚息": "penalty_due",
        "最近还款日期": "last_paid_on",
    },
    asked=("公司名称",),
    third_persons=(
        "配偶姓名",
        "配偶手机",
        *(f"联系人{number}{what}" for number in range(1, 10) for what in ("姓名", "电话")),
    ),
    second=("产品简称", "委案金额", "当前应扣本金", "最大逾期天数"),
)

CORE_SYSTEM = HeaderRow(
    "loan accounts of a core system",
    _split(
        "贷款账号 合同号 协议号 贷款产品名称 借款人姓名 放款日期（开户日期） 结清日期（销户日期） "
        "账户状态 合同金额（授信额度） 贷款金额（实际发放金额） 贷款余额 币种 贷款利率（年化%） "
        "贷款期限（月） 到期日 还款方式 担保方式 五级分类 逾期天数 逾期本金 逾期利息 累计逾期次数 "
        "放款机构名称 累计还款金额 累计还款利息 备注"
    ),
    {
        "贷款账号": "account_no",
        "合同号": "contract_no",
        "贷款产品名称": "product",
        "借款人姓名": "borrower_name",
        "放款日期（开户日期）": "disbursed_on",
        "贷款金额（实际发放金额）": "disbursed_amount",
        "贷款余额": "outstanding_principal",
        "贷款利率（年化%）": "annual_rate",
        "贷款期限（月）": "terms",
        "到期日": "due_on",
        "还款方式": "repayment_method",
        "逾期天数": "days_overdue",
        "逾期利息": "penalty_due",
        "放款机构名称": "lender_name",
        "累计还款金额": "paid_total",
        "备注": "note",
    },
    asked=("合同金额（授信额度）",),
    second=("协议号", "逾期本金"),
    lacks=("id_no",),
    units={"贷款利率（年化%）": "%", "贷款期限（月）": "月"},
)

ASSIGNED = HeaderRow(
    "assigned debt on a disposal platform",
    _split(
        "案件ID 姓名 证件号 手机号 户籍地址 户籍区域 单位名称 单位地址 家庭住址 原债权公司 现债权公司 "
        "出资方 债权转让日期 资产包批次 订单号/合同号 合同金额 到账金额 收款银行 收款银行账号 借款日 "
        "起息日 到期日 最后还款日 分期类型 分期期数 每期时长 已还期数 借款费率 服务费率 转让前已还金额 "
        "转让前已还本金 转让前已还利息 转让金额 转让本金 转让利息 转让其他 剩余待还金额 债转通知时间 "
        "通知方式 通知手机号 是否成功"
    ),
    {
        "姓名": "borrower_name",
        "证件号": "id_no",
        "手机号": "mobile",
        "户籍地址": "id_address",
        "单位名称": "employer",
        "家庭住址": "contact_address",
        "原债权公司": "assigned_from",
        "现债权公司": "lender_name",
        "订单号/合同号": "account_no",
        "合同金额": "principal",
        "到账金额": "disbursed_amount",
        "收款银行账号": "bank_card",
        "借款日": "contract_date",
        "起息日": "disbursed_on",
        "到期日": "due_on",
        "最后还款日": "last_paid_on",
        "分期期数": "terms",
        "已还期数": "terms_paid",
        "剩余待还金额": "total_claimed",
        "债转通知时间": "assignment_notice_on",
    },
    asked=("分期类型", "借款费率", "转让前已还金额", "转让本金", "转让利息", "转让其他"),
    second=("案件ID", "出资方", "转让金额"),
)

ENGLISH = HeaderRow(
    "an English export",
    (
        "Loan No.",
        "Contract No.",
        "Customer Name",
        "ID Card No.",
        "Phone No.",
        "Registered Address",
        "Mailing Address",
        "Lender",
        "Lender Type",
        "Contract Date",
        "Disbursement Date",
        "Maturity Date",
        "Loan Amount (RMB 万元)",
        "Annual Interest Rate (%)",
        "Tenor (months)",
        "Installments Paid",
        "Outstanding Principal",
        "Accrued Interest",
        "Penalty Interest",
        "Total Outstanding",
        "Last Payment Date",
        "Days Past Due",
        "Currency",
        "Emergency Contact",
        "Spouse Phone",
        "Remarks",
    ),
    {
        "Loan No.": "account_no",
        "Contract No.": "contract_no",
        "Customer Name": "borrower_name",
        "ID Card No.": "id_no",
        "Phone No.": "mobile",
        "Registered Address": "id_address",
        "Mailing Address": "contact_address",
        "Lender": "lender_name",
        "Lender Type": "lender_kind",
        "Contract Date": "contract_date",
        "Disbursement Date": "disbursed_on",
        "Maturity Date": "due_on",
        "Loan Amount (RMB 万元)": "principal",
        "Annual Interest Rate (%)": "annual_rate",
        "Tenor (months)": "terms",
        "Installments Paid": "terms_paid",
        "Outstanding Principal": "outstanding_principal",
        "Accrued Interest": "interest_due",
        "Penalty Interest": "penalty_due",
        "Total Outstanding": "total_claimed",
        "Last Payment Date": "last_paid_on",
        "Days Past Due": "days_overdue",
        "Remarks": "note",
    },
    third_persons=("Emergency Contact", "Spouse Phone"),
    units={"Loan Amount (RMB 万元)": "万元", "Annual Interest Rate (%)": "%", "Tenor (months)": "月"},
)

HEADER_ROWS = (INSURER, DISPUTES, MANDATE, CORE_SYSTEM, ASSIGNED, ENGLISH)
