"""Personal data at rest: one encrypted envelope a case, and keyed blind indexes that find equal values unopened.

An envelope is AES-256-GCM over the JSON of a borrower's personal fields. It carries the id of its key, so keys can be
rotated, and is bound to its organisation and case: moved to another row it does not open.
Layout in bytes: 1 version · 1 length of key id · key id · 12 nonce · ciphertext with tag.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

BlindKind = Literal["name", "id_no", "mobile", "address"]

_VERSION = 1
_NONCE = 12
BLIND_BYTES = 16


class SealBroken(Exception):
    """The envelope was altered, moved to another case, or its key is unknown."""


class Vault:
    """The keys, and what they do."""

    def __init__(self, keys: Mapping[str, bytes], current: str, blind_key: bytes) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.current = current
        self._head = bytes([_VERSION, len(current)]) + current.encode()
        self._cipher = self._ciphers[current]
        self._blind_key = blind_key
        self._blind_keys = lru_cache(maxsize=4096)(self._derive)

    def seal(self, personal: Mapping[str, Any], org_id: UUID, case_id: int) -> bytes:
        """Encrypt a case's personal fields (`{"borrower_name": ..., "id_no": ...}`) for that case."""
        nonce = os.urandom(_NONCE)
        return self._head + nonce + self._cipher.encrypt(nonce, orjson.dumps(personal), _bound_to(org_id, case_id))

    def seal_many(self, personal: Iterable[bytes], org_id: UUID, case_ids: Sequence[int]) -> Iterator[bytes]:
        """`seal` for many cases of one organisation, their personal fields given as JSON."""
        head, encrypt, org = self._head, self._cipher.encrypt, org_id.bytes
        chance = os.urandom(_NONCE * len(case_ids))
        for place, (one, case_id) in enumerate(zip(personal, case_ids, strict=True)):
            nonce = chance[place * _NONCE : (place + 1) * _NONCE]
            yield head + nonce + encrypt(nonce, one, org + case_id.to_bytes(8, "big"))

    def unseal(self, envelope: bytes, org_id: UUID, case_id: int) -> dict[str, Any]:
        """Decrypt a case's personal fields.

        Raises:
            SealBroken: the envelope is not this case's, was altered, or its key is not in the settings.
        """
        key_id, nonce, ciphertext = _parts(envelope)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"no key {key_id!r} in the settings")
        try:
            data: dict[str, Any] = orjson.loads(cipher.decrypt(nonce, ciphertext, _bound_to(org_id, case_id)))
        except InvalidTag as error:
            raise SealBroken(f"the envelope of case {case_id} does not open") from error
        return data

    def blind(self, kind: BlindKind, value: str, org_id: UUID) -> bytes:
        """A keyed digest (16 bytes) that is equal for equal values within one organisation and says nothing else."""
        return self.blinder(kind, org_id)(value)

    def blinder(self, kind: BlindKind, org_id: UUID) -> Callable[[str], bytes]:
        """`blind` for many values of one kind and organisation."""
        return _hmac_by(self._blind_keys(kind, org_id))

    def _derive(self, kind: BlindKind, org_id: UUID) -> bytes:
        return hmac.digest(self._blind_key, f"{kind}|{org_id}".encode(), "sha256")


_SHA256_BLOCK = 64


def _hmac_by(key: bytes) -> Callable[[str], bytes]:
    """HMAC-SHA256 of many short texts: what the key does to the digest is done once (RFC 2104, section 4)."""
    padded = key.ljust(_SHA256_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(value: str) -> bytes:
        within, without = inner.copy(), outer.copy()
        within.update(value.encode())
        without.update(within.digest())
        return without.digest()[:BLIND_BYTES]

    return digest


def key_of(envelope: bytes) -> str:
    """The id of the key that sealed an envelope."""
    return _parts(envelope)[0]


def vault() -> Vault:
    """The vault of the running application."""
    opened: Vault = current_app.extensions["reviewdesk.vault"]
    return opened


def _bound_to(org_id: UUID, case_id: int) -> bytes:
    return org_id.bytes + case_id.to_bytes(8, "big")


def _parts(envelope: bytes) -> tuple[str, bytes, bytes]:
    if len(envelope) < 2 or envelope[0] != _VERSION:
        raise SealBroken("not an envelope of a known version")
    start = 2 + envelope[1]
    key_id = envelope[2:start].decode("ascii", "replace")
    return key_id, envelope[start : start + _NONCE], envelope[start + _NONCE :]
