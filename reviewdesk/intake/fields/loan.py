"""Fields: the loan as it was made."""

from reviewdesk.intake.fields.kinds import DAY_COUNTS, REPAYMENT_METHODS, Field, define

LOAN: tuple[Field, ...] = (
    define(
        "contract_date",
        "date",
        "签约日期",
        "Contract date",
        "签约日期 合同签订日 合同签订日期 签订日期 合同签约时间 合同签订时间 签约时间 签订时间 合同日期 "
        "签署日期 借款日期 借款日 contract_date",
        weak="贷款日期 申请日期",
    ),
    define(
        "disbursed_on",
        "date",
        "放款日期",
        "Disbursed on",
        "放款日期 放款日 贷款发放日期 贷款发放日 发放日期 发放日 放款时间 实际放款日期 实际放款日 起息日 "
        "起息日期 借据起始日 借据起期 "
        "放款日期开户日期 disbursed_on loan_date disbursement_date date_of_disbursement 贷款日期 借款日期 借款日",
        weak="开户日期 起始日期",
    ),
    define(
        "due_on",
        "date",
        "到期日",
        "Due on",
        "贷款到期日 贷款到期日期 借款到期日 借款到期日期 合同到期日 合同到期日期 借据到期日 借据到期日期 "
        "贷款截止日 到期日期 到期日 due_on "
        "maturity_date due_date",
    ),
    define(
        "principal",
        "money",
        "借款本金",
        "Contract principal",
        "借款本金 借款金额 贷款金额 合同金额 放款本金 贷款本金 合同本金 借款数额 签约金额 放款金额 支用金额 "
        "借据金额 借款合同金额 贷款合同金额 "
        "principal loan_amount contract_amount 本金",
        weak="授信额度 合同金额授信额度",
    ),
    define(
        "disbursed_amount",
        "money",
        "实际放款金额",
        "Amount disbursed",
        "实际放款金额 到账金额 实放金额 实际到账 实际到账金额 实际发放金额 贷款金额实际发放金额 实际放款额 "
        "实收金额 disbursed_amount",
    ),
    define(
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
    define(
        "penalty_rate",
        "rate",
        "罚息利率",
        "Penalty rate",
        "罚息利率 逾期利率 逾期年利率 罚息年利率 罚息日利率 逾期日利率 罚息月利率 逾期月利率 逾期罚息利率 penalty_rate",
        weak="罚息约定",
    ),
    define(
        "original_principal",
        "money",
        "续贷前原始本金",
        "Original principal",
        "原始借款本金 首次借款本金 原借款本金 续贷前本金 展期前本金 原合同本金 original_principal",
    ),
    define(
        "original_on",
        "date",
        "原借款日期",
        "Originally lent on",
        "原借款日期 原借款日 首次借款日期 首次借款日 原合同签订日 原合同签订日期 原合同日期 original_on",
    ),
    define(
        "original_rate",
        "rate",
        "原合同利率",
        "Original rate",
        "原合同利率 原合同年利率 原借款利率 原借款年利率 续贷前利率 首次借款利率 original_rate",
    ),
    define(
        "repayment_method",
        "choice",
        "还款方式",
        "Repayment method",
        "还款方式 还本付息方式 repayment_method",
        weak="分期类型",
        choices=REPAYMENT_METHODS,
    ),
    define(
        "day_count",
        "choice",
        "计息基准天数",
        "Day count of the contract",
        "计息基准天数 计息基准 计息基数天数 年计息天数 计息年天数 一年计息天数 年基准天数 日利率换算天数 合同计息天数 "
        "合同计息基准 day_count day_count_basis",
        choices=DAY_COUNTS,
    ),
    define(
        "terms",
        "terms",
        "期数",
        "Instalments",
        "期数 总期数 借款期数 分期期数 贷款期数 分期数 期数/总期数 借款期限 贷款期限 合同期限 放款期限 "
        "借款期限月 贷款期限月 期限 terms loan_term tenor loan_tenor number_of_instalments number_of_installments",
    ),
    define(
        "terms_paid",
        "count",
        "已还期数",
        "Instalments paid",
        "已还期数 已还期次 已还款期数 已偿还期数 terms_paid installments_paid",
    ),
)
