"""Passwords: argon2id, a check that takes as long for a name that nobody has, and what a good one is."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from reviewdesk.errors import Invalid, Text

SHORTEST = 12  # characters
LONGEST = 256  # characters; a bound on what argon2 is made to chew
FEWEST_DISTINCT = 5

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Hash a password with argon2id; the parameters and the salt are in the result."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. With no hash it takes the same time and is False."""
    try:
        return _hasher.verify(password_hash or _nobody(), password[:LONGEST]) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def insist_on_strength(password: str, *known: str) -> None:
    """Refuse a password that is short, monotonous, or made of what everybody knows of the person (`known`).

    Raises:
        Invalid: with the reason, never with the password.
    """
    if len(password) < SHORTEST:
        raise Invalid(
            "password_short",
            Text(
                f"密码至少 {SHORTEST} 个字符，可以用一句话", f"Use at least {SHORTEST} characters; a sentence will do"
            ),
        )
    if len(password) > LONGEST:
        raise Invalid("password_long", Text(f"密码最多 {LONGEST} 个字符", f"Use at most {LONGEST} characters"))
    if len(set(password)) < FEWEST_DISTINCT:
        raise Invalid("password_monotonous", Text("密码重复的字符太多", "The password repeats too few characters"))
    folded = password.casefold()
    if any(len(word) > 3 and word.casefold() in folded for word in known):
        raise Invalid(
            "password_known", Text("密码不能包含您的邮箱名或姓名", "The password may not contain your name or email")
        )


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
