"""Citations in both languages. They are kept as lawyers here write them, and their English is made from that.

`民法典第188、195条；内部规则` is `Civil Code Art. 188, 195; house rule`. A source that is not in the glossary stays as
it is: people may cite what they like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from reviewdesk.errors import Text

_GLOSS: Final = re.compile(r" \((?:Civil Code|Insurance Law|house rule|own assumption)\)")
_ARTICLES: Final = re.compile(r" ?Art\. ([\d–()]+(?:, [\d–()]+)*)")
_ZH_ARTICLES: Final = re.compile(r"第([\d–()]+(?:、[\d–()]+)*)条")
_NUMBERED: Final = re.compile(r"([^\W\d]+)〔(\d{4})〕第?(\d+)号")
_YEAR_FIRST: Final = re.compile(r"^\((\d{4})\)最高法民辖(\d+)号$")

_ISSUERS: Final[Mapping[str, str]] = {
    "法释": "Fa Shi",
    "法发": "Fa Fa",
    "金规": "Jin Gui",
    "银发": "Yin Fa",
    "银保监办发": "Yin Bao Jian Ban Fa",
    "银保监办便函": "Yin Bao Jian Ban Bian Han",
    "中国人民银行公告": "PBOC Announcement",
}

_SOURCES: Final[Mapping[str, str]] = {
    "民法典": "Civil Code",
    "保险法": "Insurance Law",
    "民诉法": "Civil Procedure Law",
    "民诉法解释": "Interpretation of the Civil Procedure Law",
    "电子签名法": "Electronic Signature Law",
    "仲裁法": "Arbitration Law",
    "诉讼费用交纳办法": "Measures on Court Fees",
    "人民币利率管理规定": "Rules on RMB Interest Rates",
    "商业银行互联网贷款管理暂行办法": "Interim Measures on Commercial Banks' Internet Loans",
    "小额贷款公司监督管理暂行办法": "Interim Measures on the Supervision of Micro-loan Companies",
    "小额贷款公司综合融资成本管理工作指引": "Guidelines on the All-in Cost of Micro-loan Companies",
    "消费金融公司贷款利率窗口指导": "Window guidance on lending rates of consumer finance companies",
    "金融许可证管理办法": "Measures on Financial Licences",
    "深圳经济特区个人破产条例": "Shenzhen Personal Bankruptcy Regulations",
    "互联网金融逾期债务催收自律公约": "Self-discipline Convention on the Collection of Overdue Internet Finance Debts",
    "律师服务收费意见": "Opinions on Lawyers' Fees",
    "司法部、国家发改委、国家市场监管总局律师服务收费意见": "Opinions on Lawyers' Fees (MOJ, NDRC, SAMR)",
    "最高人民法院关于互联网法院案件管辖的规定": "Supreme People's Court Provisions on Internet Courts' Jurisdiction",
    "最高人民法院诉讼时效规定": "Supreme People's Court Provisions on Limitation",
    "最高人民法院": "Supreme People's Court",
    "浙江高院": "Zhejiang High People's Court",
    "司法部": "Ministry of Justice",
    "国家统计局": "National Bureau of Statistics",
    "省统计局": "Provincial Bureau of Statistics",
    "全国银行间同业拆借中心": "National Interbank Funding Center",
    "银登中心个人不良贷款批量转让试点延期通知": "Yindeng notice prolonging the pilot of transfers of personal loans",
    "银登中心个贷批量转让试点": "Yindeng pilot of transfers of personal loans",
    "行业自律惯例": "self-discipline in the trade",
    "民间计息惯例": "custom in private lending",
    "内部规则": "house rule",
    "本机构假设": "own assumption",
}

_REMARKS: Final[Mapping[str, str]] = {
    "城镇非私营单位": "urban non-private units",
    "媒体报道": "press reports",
    "次数未核实": "number of contacts not verified",
    "风险代理收费上限": "ceiling of contingency fees",
    "风险代理收费上限18%": "ceiling of contingency fees: 18%",
    "2025修订": "revised 2025",
    "示例": "examples",
    "360天": "360 days",
    "1年期LPR": "one-year LPR",
    "提额至30万": "limit raised to 300,000 yuan",
    "至2026-12-31": "until 2026-12-31",
    "2026-08-01 施行": "in force 2026-08-01",
    "2025-11-01 施行": "in force 2025-11-01",
    "2025-11-01 起互联网法院管辖调整": "internet courts' jurisdiction from 2025-11-01",
}


@cache
def told(cites: str) -> Text:
    """A citation as the program or a policy states it, in both languages."""
    zh = in_chinese(cites)
    return Text(_in_print(zh), "; ".join(_in_english(part) for part in zh.split("；")))


def _in_print(zh: str) -> str:
    """With Chinese brackets, and items and revisions named: `第13条第（6）项`, `11号（2020年修正）`."""
    items = re.sub(r"第(\d+)\((\d+)\)条", r"第\1条第(\2)项", zh)
    revised = re.sub(r"号 ?\((\d{4})\)", r"号(\1年修正)", items)
    return re.sub(r" ?\(([^()]*)\)", r"（\1）", revised)


def in_chinese(cites: str) -> str:
    """A citation as lawyers write it: `民法典 (Civil Code) Art. 188, 195` is `民法典第188、195条`."""
    bare = _GLOSS.sub("", cites)
    articles = _ARTICLES.sub(lambda found: f"第{found[1].replace(', ', '、')}条", bare)
    return re.sub(r"; ?|；\s*", "；", articles)


def _in_english(part: str) -> str:
    found = _ZH_ARTICLES.search(part)
    if found is None:
        return _source(part)
    rest = _source(part[found.end() :].strip("，, ")) if part[found.end() :].strip("，, ") else ""
    article = f"{_source(part[: found.start()])} Art. {found[1].replace('、', ', ')}".strip()
    return f"{article}, {rest}" if rest else article


def _source(name: str) -> str:
    """A source without its articles: `法释〔2020〕17号`, `民诉法解释`, `省统计局 (城镇非私营单位)`."""
    name = name.strip()
    if found := _YEAR_FIRST.match(name):
        return f"Supreme People's Court ({found[1]}) Min Xia No. {found[2]}"
    known, _blank, remark = name.partition(" ")
    return f"{_SOURCES.get(known) or _NUMBERED.sub(_number, known)} {_words(remark)}".strip()


def _number(found: re.Match[str]) -> str:
    """A document by its number: `法释〔2020〕17号` is `Fa Shi [2020] No. 17`."""
    issuer = _ISSUERS.get(found[1])
    return f"{issuer} [{found[2]}] No. {found[3]}" if issuer else found[0]


def _words(text: str) -> str:
    """Remarks in brackets or after a comma, each of them in English where it is known."""
    text = _NUMBERED.sub(_number, text)
    for zh in sorted(_REMARKS, key=len, reverse=True):
        text = text.replace(zh, _REMARKS[zh])
    return text
