"""Fields: who lends and who borrows, and the numbers of the account."""

from reviewdesk.intake.fields.kinds import GENDERS, LENDER_KINDS, Field, define

PARTIES: tuple[Field, ...] = (
    define(
        "account_no",
        "account",
        "借据号",
        "Account number",
        "借据号 借据编号 借据号码 借据 贷款编号 贷款账号 借款编号 订单号/合同号 订单号 订单编号 业务编号 "
        "资产编号 账户编号 支用单号 放款号 贷款号 借款单号 放款单号 loan_id loan_no loanid loan_number account_no "
        "account_number 合同编号 合同号 借款合同号 借款合同编号 贷款合同编号 贷款合同号 contract_no",
        weak="协议号 协议编号 申请单号 申请编号 报单编号 案件编号 案件号 案件id 委案编号 保单号 保险单号 保单编号 "
        "理赔编号 理赔号 赔案号 报案号 代偿编号 债权编号 函号 case_id policy_no claim_no",
    ),
    define(
        "contract_no",
        "account",
        "合同编号",
        "Contract number",
        "合同编号 合同号 借款合同号 借款合同编号 贷款合同编号 贷款合同号 授信合同编号 电子合同编号 "
        "contract_no 合同号码",
        weak="协议号 协议编号",
    ),
    define(
        "product",
        "text",
        "产品名称",
        "Product",
        "产品名称 贷款产品名称 产品 业务品种 贷款品种 贷款产品 产品类型 信贷分类 product product_name",
        weak="产品简称 商品 渠道 场景",
    ),
    define(
        "borrower_name",
        "name",
        "借款人姓名",
        "Borrower's name",
        "借款人姓名 借款人 客户姓名 被告姓名 被告名称 被告 债务人姓名 债务人 主借人姓名 主借人 案人姓名 "
        "欠款人 欠款人姓名 客户名称 户名 "
        "账户名称 姓名 borrower borrower_name customer_name name 客户名",
    ),
    define(
        "id_no",
        "id_number",
        "身份证号",
        "ID number",
        "身份证号 身份证号码 公民身份号码 公民身份证号 借款人身份证号 借款人身份证号码 借款人证件号码 "
        "客户身份证号 客户证件号 客户证件号码 "
        "被告身份证号 被告身份证号码 被告身份证 债务人身份证号 身份证 证件号码 证件号 证件编号 id_no "
        "id_card id_number idcard id_card_no id_card_number national_id",
    ),
    define(
        "mobile",
        "mobile",
        "手机号",
        "Mobile number",
        "手机号 手机号码 手机 移动电话 客户手机 客户手机号 借款人手机号 借款人手机 借款人电话 本人手机 "
        "被告手机 被告手机号 被告电话 "
        "被告电话号码 预留手机号 联系电话 电话 电话号码 mobile phone mobile_no phone_number mobile_number phone_no",
        weak="联系方式",
    ),
    define("gender", "choice", "性别", "Gender", "性别 被告性别 借款人性别 gender sex", choices=GENDERS),
    define("ethnicity", "text", "民族", "Ethnicity", "民族 被告民族 借款人民族"),
    define(
        "id_address",
        "address",
        "户籍地址",
        "Registered address",
        "户籍地址 身份证地址 被告户籍地地址 被告户籍地址 户籍地 户籍所在地 身份证住址 证件地址 住所地 住址 "
        "被告住所地 被告住址 registered_address 地址 address",
    ),
    define(
        "contact_address",
        "address",
        "联系地址",
        "Contact address",
        "送达地址 联系地址 现住址 现住地址 居住地址 通讯地址 经常居住地 住宅地址 家庭地址 家庭住址 现居住地 "
        "现居地址 通信地址 贷款合同约定地址 "
        "合同约定地址 合同约定送达地址 mailing_address home_address service_address",
    ),
    define(
        "employer",
        "text",
        "工作单位",
        "Employer",
        "工作单位 单位名称 工作单位名称 就职单位 任职单位 employer",
        weak="公司名称",
    ),
    define(
        "bank_card",
        "card",
        "银行卡号",
        "Bank card",
        "银行卡号 还款卡号 放款卡号 收款银行账号 收款账号 还款账号 还款银行卡号 银行账号 bank_card",
        weak="卡号 账号 借款放款账户",
    ),
    define(
        "payee_name",
        "name",
        "收款人",
        "Payee",
        "收款人 收款人姓名 收款户名 收款账户名 收款账户名称 收款人户名 放款账户名 放款账户名称 放款户名 "
        "payee payee_name",
    ),
    define(
        "lender_name",
        "text",
        "出借人",
        "Lender",
        "原告 原告名称 债权人 现债权公司 现债权人 出借人 出借人名称 贷款人 贷款人名称 资方 资方名称 "
        "放款机构 放款机构名称 放款主体 贷款机构 "
        "出资方 资金方 lender lender_name",
        weak="委托方 委案方 合作机构",
    ),
    define(
        "lender_code",
        "code",
        "统一社会信用代码",
        "Lender's credit code",
        "统一社会信用代码 社会信用代码 信用代码 原告统一社会信用代码 出借人统一社会信用代码 uscc",
    ),
    define(
        "lender_kind",
        "choice",
        "机构类型",
        "Kind of lender",
        "机构类型 出借人类型 资方类型 机构类别 机构性质 出借机构类型 lender_kind lender_type",
        choices=LENDER_KINDS,
    ),
    define(
        "licence_no",
        "text",
        "金融许可证号",
        "Licence number",
        "金融许可证号 许可证号 金融许可证编号 许可证编号 经营许可证号 牌照号 licence_no",
    ),
    define(
        "licence_from",
        "date",
        "许可证有效期起",
        "Licence valid from",
        "许可证有效期起 许可证生效日期 许可证起始日 许可证颁发日期 牌照有效期起 牌照起始日 licence_from",
    ),
    define(
        "licence_until",
        "date",
        "许可证有效期止",
        "Licence valid until",
        "许可证有效期止 许可证有效期至 许可证到期日 许可证到期日期 牌照有效期止 牌照到期日 licence_until",
    ),
    define(
        "licence_scope",
        "text",
        "许可经营区域",
        "Where licensed",
        "许可经营区域 经营区域 业务区域 展业区域 许可业务区域 licence_scope",
    ),
)
