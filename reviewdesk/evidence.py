"""The kinds of evidence that a suit rests on, and what people call them."""

from collections.abc import Mapping
from typing import Final

from reviewdesk.errors import Text

KINDS: Final[Mapping[str, Text]] = {
    "identity_borrower": Text("借款人身份证明", "borrower's identity"),
    "identity_lender": Text("出借人主体证明", "lender's identity"),
    "contract": Text("借款合同", "loan contract"),
    "esign_certificate": Text("电子签名证书或存证", "e-signature certificate or deposit"),
    "disbursement": Text("放款凭证", "proof of disbursement"),
    "schedule": Text("还款计划", "repayment schedule"),
    "ledger": Text("还款流水", "repayment ledger"),
    "demand": Text("催收记录", "record of demands"),
    "delivery": Text("送达凭证", "proof of delivery"),
    "acceleration": Text("提前到期通知", "notice of acceleration"),
    "assignment": Text("债权转让协议", "assignment of the claim"),
    "assignment_notice": Text("债权转让通知", "notice of assignment"),
    "compensation": Text("代偿凭证", "proof of compensation"),
    "guarantee": Text("担保文件", "guarantee"),
    "power_of_attorney": Text("授权委托书", "power of attorney"),
    "service_address": Text("送达地址确认书", "confirmed address for service"),
    "disclosure_form": Text("综合融资成本明示表", "disclosure of the whole cost of credit"),
}
"""The kinds of evidence, by code."""
