"""What of a borrower's data shows before anyone reveals it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.intake.fields import FIELDS
from reviewdesk.masking import HIDDEN, PERSONAL_FIELDS, is_personal, mask, masked, masks_of


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("borrower_name", "张三", "张*"),
        ("borrower_name", "张三丰", "张*"),
        ("borrower_name", "欧阳锋", "欧阳*"),
        ("borrower_name", "欧阳", "欧*"),
        ("borrower_name", "买买提·艾力", "买*"),
        ("id_no", "440106199003072349", "4401**********2349"),
        ("id_no", "110105491231002", "1101*******1002"),
        ("mobile", "13812345678", "138****5678"),
        ("bank_card", "6222020000000007", "622202******0007"),
        ("id_address", "广东省广州市天河区体育西路1号", "广东省广州市天河区***"),
        ("id_address", "北京市朝阳区建国路8号", "北京市朝阳区***"),
        ("contact_address", "浙江省义乌市江东街道1号", "浙江省义乌市***"),
        ("contact_address", "内蒙古自治区锡林郭勒盟苏尼特左旗某路", "内蒙古自治区锡林郭勒盟苏尼特左旗***"),
        ("contact_address", "不详之处", "***"),
        ("employer", "某某公司", "***"),
        ("note", "借款人失业", "***"),
        ("gender", "男", "***"),
        ("mobile", "12345", "1***5"),
        ("mobile", "123", "***"),
        ("id_no", "", ""),
        ("account_no", "A1", "A1"),
    ],
)
def test_masks(field: str, value: str, shown: str) -> None:
    assert mask(field, value) == shown


def test_the_envelope_without_what_is_absent() -> None:
    assert masked({"borrower_name": "张三", "mobile": None, "note": ""}) == {"borrower_name": "张*"}


def test_every_personal_field_of_the_sheet_has_a_mask() -> None:
    assert {field.name for field in FIELDS if field.personal} == set(PERSONAL_FIELDS)
    assert not is_personal("principal")


@given(st.sampled_from(PERSONAL_FIELDS), st.text(st.characters(categories=["Lo", "Nd", "Lu"]), min_size=2, max_size=40))
def test_no_mask_lets_a_whole_value_through(field: str, value: str) -> None:
    shown = mask(field, value)
    assert shown != value
    assert HIDDEN in shown or "*" in shown


@given(st.lists(st.none() | st.text(max_size=24)))
def test_a_column_is_masked_as_its_cells_are(values: list[str | None]) -> None:
    for field in (*PERSONAL_FIELDS, "account_no"):
        assert masks_of(field, values) == [None if value is None else mask(field, value) for value in values]
