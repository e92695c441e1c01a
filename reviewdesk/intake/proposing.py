"""What a sheet plainly says: the mapping that its headers and its first rows together make, before a person has spoken.

Headers alone say what most columns are. The first rows tell the rest: that a column holds two fields at once, that
several columns are the parts of one address, what can stand in for an account number, how ambiguous cells are written.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import replace

from reviewdesk.intake.fields import Field, field_named
from reviewdesk.intake.headers import Header, Suggestion, fold, fold_lines, is_third_person, simplified, unit_for
from reviewdesk.intake.headers.meanings import candidates_of, synonyms
from reviewdesk.intake.keys import proposed_key
from reviewdesk.intake.mapping import Mapping, Part, Rule, from_suggestions
from reviewdesk.intake.questions import MARKS, Sample, cells_of, settled
from reviewdesk.intake.splitting import Split, fitting
from reviewdesk.intake.values import reader_of


def plain_mapping(suggestions: Sequence[Suggestion], header: Header, sample: Sample) -> Mapping:
    """The mapping that holds without a person's word, from headers and first rows."""
    return completed(from_suggestions(suggestions, header), header, sample)


def completed(mapping: Mapping, header: Header, sample: Sample) -> Mapping:
    """A mapping of single columns with what the first rows add to it."""
    mapping = _with_shared_columns(mapping, header, sample)
    mapping = _with_addresses(mapping)
    return settled(replace(mapping, key=proposed_key(mapping)), sample, header.sheet_unit)


# --- one column, several fields --------------------------------------------------------------------------------------

_BETWEEN = re.compile(r"[/、,;&+|()]|和|与|及|\band\b")
_LOAN_SPANS = (
    "借款起止日期 借款起止日 借款起止时间 贷款起止日期 贷款起止日 贷款起止时间 起止日期 起止日 起止时间 借款期间 "
    "贷款期间 借款期限 贷款期限 期限 放款到期日 loan_period"
)
_CONTRACT_SPANS = "合同起止日期 合同起止日 合同起止时间 合同期间 合同期限 contract_period"
_SPANS: dict[str, tuple[str, str]] = {
    **{fold(word).full: ("disbursed_on", "due_on") for word in _LOAN_SPANS.split()},
    **{fold(word).full: ("contract_date", "due_on") for word in _CONTRACT_SPANS.split()},
}
"""Headers of columns that hold the first and the last day of a loan, where their cells hold two days."""


def _with_shared_columns(mapping: Mapping, header: Header, sample: Sample) -> Mapping:
    """The mapping with columns taken apart whose header names several fields and whose cells hold as many parts."""
    taken = {rule.field for rule in mapping.filled()}
    rules = []
    for rule in mapping.rules:
        apart = _taken_apart(rule, taken - {rule.field}, header, sample)
        taken.update(part.field for part in apart.parts if apart is not rule)
        rules.append(apart)
    return replace(mapping, rules=tuple(rules))


def _taken_apart(rule: Rule, taken: set[str | None], header: Header, sample: Sample) -> Rule:
    fields = fields_in(rule.header, taken)
    if len(fields) < 2:
        return rule
    split = split_of(rule, fields, sample)
    if split is None:
        return rule
    parts = tuple(Part(one.name, unit_for(one, fold_lines(rule.header).unit, header.sheet_unit)) for one in fields)
    return Rule(rule.column, rule.header, None, split=split, parts=parts)


def split_of(rule: Rule, fields: Sequence[Field], sample: Sample) -> Split | None:
    """The way of splitting under which all first cells of a column come apart into these fields."""
    cells = cells_of(replace(rule, part=None), sample)
    return fitting(cells, [reader_of(one) for one in fields])


def fields_in(header: str, taken: Iterable[str | None] = ()) -> list[Field]:
    """The different fields that one header names, in its order; fewer than two where it names one thing only."""
    name = header.rpartition("|")[2]
    folded = fold(name)
    if folded.full in _SPANS:
        return [field_named(one) for one in _SPANS[folded.full] if one not in taken]
    if folded.full in synonyms() or is_third_person(header):
        return []
    text = simplified(unicodedata.normalize("NFKC", name)).lower()
    words = [word for word in (part.strip() for part in _BETWEEN.split(text)) if fold(word).full]
    found: list[Field] = []
    for word in words:
        used = {*taken, *(one.name for one in found)}
        meant = next((one.field for one in candidates_of(0, word) if one.strong and one.field not in used), None)
        if meant is None:
            return []
        found.append(field_named(meant))
    return found


# --- what was said of these headers before -------------------------------------------------------------------------


def as_before(mapping: Mapping, remembered: MappingType[str, Rule]) -> Mapping:
    """The mapping with what the organisation said earlier of the same headers: taken apart, left out, or how to read.

    `remembered` holds earlier rules by folded header.
    """
    taken = {rule.field for rule in mapping.filled()}
    return replace(mapping, rules=tuple(_as_before(rule, remembered, taken) for rule in mapping.rules))


def _as_before(rule: Rule, remembered: MappingType[str, Rule], taken: set[str | None]) -> Rule:
    before = remembered.get(fold(rule.header).full) if rule.header else None
    if before is None or rule.parts:
        return rule
    if before.parts and not taken.intersection(part.field for part in before.parts):
        return replace(rule, field=None, unit=None, period=None, split=before.split, parts=before.parts)
    if rule.field is None:
        return replace(rule, drop=before.drop)
    same = before.field == rule.field and before.reading not in (None, *MARKS)
    return replace(rule, reading=before.reading, period=before.period) if same else rule


# --- several columns, one address ------------------------------------------------------------------------------------

_PLACE = re.compile(
    r"^(?:被告|借款人|客户)?(户籍|身份证|居住|现居住?|现住|家庭|联系|通讯|住宅|送达)?(?:地址|所在|地)?[_\-]?"
    r"(省份?|城市|市|区县?|县区?|街道|乡镇|详细地址|详址|地址详情|详情)$"
)
_OF_ID = frozenset({"户籍", "身份证", None})
LEAST_PLACES = 2


def _with_addresses(mapping: Mapping) -> Mapping:
    """The mapping with columns such as 省, 市, 详细地址 joined to one address."""
    groups: dict[str, list[int]] = {}
    for column, field in _places(mapping):
        groups.setdefault(field, []).append(column)
    for field, columns in groups.items():
        whole = mapping.rule_of(field)
        if len(columns) + (whole is not None and whole.column not in columns) < LEAST_PLACES:
            continue
        mapping = replace(
            mapping,
            rules=tuple(Rule(one.column, one.header, field) if one.column in columns else one for one in mapping.rules),
        )
    return mapping


def _places(mapping: Mapping) -> Iterator[tuple[int, str]]:
    for rule in mapping.rules:
        found = _PLACE.match(fold(rule.header.replace("|", "")).full) if rule.header else None
        if found and not rule.parts and not is_third_person(rule.header):
            yield rule.column, "id_address" if found[1] in _OF_ID else "contact_address"
