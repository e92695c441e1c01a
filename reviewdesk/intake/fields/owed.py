"""Fields: what is owed, since when, and what was paid."""

from reviewdesk.intake.fields.kinds import ACCELERATION, FEE_NOUNS, OWED_WORDS, Field, define, joined

OWED: tuple[Field, ...] = (
    define(
        "outstanding_principal",
        "money",
        "未还本金",
        "Outstanding principal",
        "剩余本金 未还本金 本金余额 贷款余额 借款余额 借据余额 剩余未还本金 outstanding_principal principal_balance",
        also=(
            *joined("欠款 结欠 待还 尚欠 拖欠 剩余应还 未偿 未偿还 未归还 应还 剩余待还 当前剩余 欠付", "本金"),
            "欠本",
            "逾期本金",
        ),
        weak="本金 转让本金 当前应扣本金",
    ),
    define(
        "interest_due",
        "money",
        "欠息",
        "Interest due",
        "欠息 未还利息 应收利息 结欠利息 正常利息",
        also=(
            *joined(" ".join(p for p in OWED_WORDS.split() if p not in {"未还", "结欠", "逾期"}), "利息"),
            "利息",
            "interest_due",
            "accrued_interest",
        ),
        weak="逾期利息 转让利息 表内欠息",
        negative=True,
    ),
    define(
        "penalty_due",
        "money",
        "罚息",
        "Penalty interest due",
        "罚息 罚金 罚息金额",
        also=(*joined(OWED_WORDS, "罚息"), "逾期利息", "penalty_due", "penalty_interest"),
        negative=True,
    ),
    define(
        "compound_due",
        "money",
        "复利",
        "Compound interest due",
        "复利 复息 复利金额",
        also=(*joined(OWED_WORDS, "复利 复息"), "compound_due"),
        negative=True,
    ),
    define(
        "damages_due",
        "money",
        "违约金",
        "Damages due",
        "违约金 违约金金额 滞纳金",
        also=(*joined(OWED_WORDS, "违约金 滞纳金"), "damages_due"),
        negative=True,
    ),
    define(
        "fees_due",
        "money",
        "费用",
        "Fees due",
        FEE_NOUNS,
        also=(*joined(OWED_WORDS, FEE_NOUNS), "fees_due"),
        weak="转让其他",
        negative=True,
    ),
    define(
        "lawyer_fee_due",
        "money",
        "律师费",
        "Lawyer's fee claimed",
        "律师费 律师代理费 律师费金额 主张律师费 律师服务费 律师费用 lawyer_fee lawyer_fee_due attorney_fee",
    ),
    define(
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
    define(
        "monthly_fee",
        "money",
        "每期费用",
        "Fee each instalment",
        "每期费用 月服务费 每月服务费 每期服务费 月担保费 每期担保费 每月担保费 每月应还保费金额 月保费 "
        "每月保费 每期保费 月管理费 monthly_fee",
    ),
    define(
        "claim_paid",
        "money",
        "代偿金额",
        "Paid for the borrower",
        "代偿金额 理赔金额 赔付款 赔付金额 代偿款 代偿总额 代偿本息 赔款金额 claim_paid",
    ),
    define(
        "claim_paid_on",
        "date",
        "代偿日期",
        "Paid for the borrower on",
        "代偿日期 理赔日期 赔付时间 赔付日期 代偿时间 代偿日 理赔时间 claim_paid_on",
    ),
    define(
        "premium_due",
        "money",
        "拖欠保费",
        "Premium due",
        "拖欠保费金额 保险费欠付数额 拖欠保费 欠付保费 未付保费 欠缴保费 保费欠付金额 premium_due",
        negative=True,
    ),
    define(
        "paid_total",
        "money",
        "已还总额",
        "Paid so far",
        "已还总额 累计还款 已还金额 累计还款金额 累计已还 累计已还金额 已还款总额 累计还款总额 还款总额 "
        "paid_total amount_paid total_paid",
        weak="转让前已还金额 还款金额",
        negative=True,
    ),
    define(
        "bank_received",
        "money",
        "银行实收合计",
        "Received by the bank",
        "银行实收合计 银行实收金额 银行流水合计 银行回款合计 银行收款合计 收款流水合计 实收回款合计 bank_received",
        negative=True,
    ),
    define(
        "last_paid_on",
        "date",
        "最后还款日",
        "Last repaid on",
        "最后还款日 最近还款日期 末次还款日 最后还款日期 最近还款日 末次还款日期 最后一次还款日期 "
        "最后一次还款日 最近一次还款日期 最后还款时间 "
        "last_paid_on last_payment_date last_repayment_date",
    ),
    define(
        "days_overdue",
        "count",
        "逾期天数",
        "Days overdue",
        "逾期天数 逾期日数 当前逾期天数 已逾期天数 days_overdue dpd overdue_days days_past_due",
        weak="最大逾期天数",
    ),
    define(
        "first_overdue_on",
        "date",
        "首次逾期日",
        "First overdue on",
        "首次逾期日 首次逾期日期 逾期起始日 逾期起始日期 逾期开始日 逾期开始日期 逾期日期 逾期日 逾期时间 "
        "first_overdue_on overdue_date overdue_since",
    ),
    define(
        "bucket",
        "bucket",
        "逾期等级",
        "Bucket",
        "逾期等级 逾期阶段 账龄 逾期账龄 逾期时段 拖欠级别 手别 催收手别 bucket",
        weak="m值系数",
    ),
    define(
        "accelerated_on",
        "date",
        "提前到期日",
        "Accelerated on",
        "宣布提前到期日 宣布提前到期日期 提前到期日 提前到期日期 宣告提前到期日 加速到期日 加速到期日期 accelerated_on",
    ),
    define(
        "accelerated_by",
        "choice",
        "提前到期方式",
        "How accelerated",
        "提前到期方式 宣布提前到期方式 加速到期方式 提前到期宣布方式 accelerated_by",
        choices=ACCELERATION,
    ),
    define(
        "acceleration_arrived_on",
        "date",
        "提前到期送达日",
        "Acceleration arrived on",
        "提前到期送达日 提前到期送达日期 提前到期通知送达日 提前到期通知送达日期 提前到期通知到达日 提前到期通知签收日 "
        "加速到期通知送达日 起诉状副本送达日 acceleration_arrived_on",
    ),
    define(
        "calculated_to",
        "date",
        "计算截止日",
        "Calculated to",
        "利息计算截止日 计算截止日 利息计算截止日期 计算截止日期 计息截止日 计息截止日期 统计日期 数据日期 "
        "截止日期 截止日 暂计至 calculated_to "
        "as_of",
    ),
)
