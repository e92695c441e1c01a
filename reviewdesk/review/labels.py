"""What moves, parts of a debt and usual reasons are called on the review pages."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from reviewdesk.review.overrides import Kind
from reviewdesk.review.settlement import Component
from reviewdesk.review.states import Verb

VERBS: Mapping[Verb, LazyString] = {
    Verb.HAND_BACK: _("交回审核员"),
    Verb.REOPEN: _("撤销决定，重新审核"),
    Verb.PERFORM: _("登记开始履行"),
    Verb.BREACH: _("登记违约"),
    Verb.RESUME: _("重新进入审核"),
    Verb.CLOSE: _("登记履行完毕"),
    Verb.WITHDRAW: _("撤回本案"),
    Verb.AUDIT_ANEW: _("按现行策略重新审核"),
}

WAYS: Mapping[Kind, LazyString] = {
    Kind.OVERRIDE: _("推翻：此结论不成立"),
    Kind.ACKNOWLEDGE: _("知悉：缺少这些资料仍可继续"),
    Kind.SILENCE: _("静默：截止日前不计入结论"),
}

BULK_WAYS: Mapping[Kind, tuple[LazyString, LazyString]] = {
    Kind.OVERRIDE: (_("推翻"), _("不通过或注意的结论不成立")),
    Kind.ACKNOWLEDGE: (_("知悉"), _("缺少这些资料仍可继续")),
    Kind.SILENCE: (_("静默"), _("截止日前不计入结论")),
}

COMPONENTS: Mapping[Component, LazyString] = {
    Component.DAMAGES: _("违约金"),
    Component.PENALTY: _("罚息"),
    Component.FEES: _("费用"),
    Component.COMPOUND: _("复利"),
    Component.INTEREST: _("利息"),
    Component.PRINCIPAL: _("本金"),
}

REASONS: Mapping[str, tuple[LazyString, ...]] = {
    "approve": (_("事实清楚，证据齐全"), _("多次催收未果，同意起诉"), _("时效临近，先行起诉")),
    "settle": (_("借款人主动协商还款"), _("借款人有还款能力，愿意分期"), _("诉讼成本高于预期回收")),
    "escalate": (_("金额存疑，请高级审核确认"), _("诉讼时效有争议"), _("管辖有争议")),
    "return": (
        _("缺放款凭证与签名证书"),
        _("缺提前到期通知"),
        _("金额与还款记录不符"),
        _("缺送达地址确认"),
    ),
    "withdraw": (_("借款人已还清"), _("同一借据已立案"), _("平台要求撤回")),
}
"""Reasons that the form offers for each decision; any other may be typed."""
