"""The envelope of personal data and the blind indexes."""

from uuid import uuid4

import pytest

from reviewdesk.vault import SealBroken, Vault, key_of

ORG, OTHER = uuid4(), uuid4()
WHO = {"borrower_name": "欧阳娜娜", "id_no": "11010519491231002X"}


def _vault(**keys: bytes) -> Vault:
    ring = keys or {"k1": b"1" * 32}
    return Vault(ring, next(iter(ring)), b"b" * 32)


def test_what_is_sealed_opens_for_its_own_case_only() -> None:
    vault = _vault()
    envelope = vault.seal(WHO, ORG, 7)
    assert vault.unseal(envelope, ORG, 7) == WHO
    for org, case in ((ORG, 8), (OTHER, 7)):
        with pytest.raises(SealBroken):
            vault.unseal(envelope, org, case)


def test_every_altered_byte_is_noticed() -> None:
    vault = _vault()
    envelope = vault.seal(WHO, ORG, 7)
    for place in range(len(envelope)):
        with pytest.raises(SealBroken):
            vault.unseal(envelope[:place] + bytes([envelope[place] ^ 1]) + envelope[place + 1 :], ORG, 7)


def test_nothing_of_the_clear_text_shows() -> None:
    envelope = _vault().seal(WHO, ORG, 7)
    assert "欧阳".encode() not in envelope
    assert b"110105" not in envelope


def test_keys_rotate() -> None:
    old = _vault(k1=b"1" * 32).seal(WHO, ORG, 7)
    rotated = _vault(k2=b"2" * 32, k1=b"1" * 32)
    assert rotated.unseal(old, ORG, 7) == WHO
    assert (key_of(old), key_of(rotated.seal(WHO, ORG, 7))) == ("k1", "k2")
    with pytest.raises(SealBroken, match="no key 'k1'"):
        _vault(k2=b"2" * 32).unseal(old, ORG, 7)


def test_blind_indexes_are_equal_within_one_organisation_and_kind_only() -> None:
    vault = _vault()
    same = vault.blind("id_no", "1", ORG)
    assert same == vault.blind("id_no", "1", ORG)
    assert (
        len({same, vault.blind("id_no", "1", OTHER), vault.blind("mobile", "1", ORG), vault.blind("id_no", "2", ORG)})
        == 4
    )
