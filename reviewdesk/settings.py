"""Every setting of ReviewDesk, on one page.

A setting `lease_seconds` is read from the environment variable `REVIEWDESK_LEASE_SECONDS`. All of them are
checked when the process starts: a value that cannot be used, a secret that is missing, or a `REVIEWDESK_*`
variable that does not exist stops the start with one message that names it. `docs/settings.md` is this page
as a table and is tested against it.
"""

import base64
import binascii
import difflib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from reviewdesk.read_limits import ReadLimits

PREFIX = "REVIEWDESK_"
KEY_BYTES = 32
SECRETS = ("secret_key", "vault_keys", "blind_key")


class SettingsError(Exception):
    """The environment cannot be used as it stands. The message is for the person who starts the program."""


def _key(text: object) -> bytes:
    """A 32-byte key from its base64 form (standard or URL-safe alphabet)."""
    if isinstance(text, bytes):
        return text
    try:
        key = base64.b64decode(str(text).strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"must be base64 of {KEY_BYTES} bytes, got {len(key)}; make one with `openssl rand -base64 32`"
        )
    return key


def _keyring(text: object) -> dict[str, bytes]:
    """`k2:base64,k1:base64` as an ordered dictionary; the first key is the current one."""
    if isinstance(text, dict):
        return text
    ring: dict[str, bytes] = {}
    for part in str(text).split(","):
        key_id, colon, key = part.strip().partition(":")
        if not colon or not key_id:
            raise ValueError("write it as id:base64[,id:base64...], the current key first")
        if key_id in ring:
            raise ValueError(f"key id {key_id} is given twice")
        ring[key_id] = _key(key)
    return ring


def _is_remote(url: str) -> bool:
    return "://" in url and not url.startswith("file://")


class Settings(BaseModel):
    """The settings of one process. Immutable; see each field for its unit and what it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    home: Path = Field(Path("var"), description="Folder for uploaded files, exports and the embedded servers' data.")
    store_url: str | None = Field(
        None,
        description="Where uploaded files and exports are kept: a folder, or `s3://bucket/prefix` with "
        "`reviewdesk[s3]`; none means the folder `files` under the home folder.",
    )
    demo: bool = Field(
        False, description="Demo mode: secrets are made up and kept under the home folder, plain HTTP is allowed."
    )

    database_url: str | None = Field(
        None, description="PostgreSQL 15 or newer, signed in as the application role, which owns no table."
    )
    owner_database_url: str | None = Field(
        None, description="The same database, signed in as the role that owns the tables. Only migrations use it."
    )
    redis_url: str | None = Field(None, description="Redis 6.2 or Valkey 7.2, or newer: the doorbell of the job queue.")

    secret_key: str = Field(description="Signs session cookies and CSRF tokens. At least 32 characters.", repr=False)
    vault_keys: Annotated[dict[str, bytes], BeforeValidator(_keyring)] = Field(
        description="Keys for borrowers' personal data, `id:base64[,id:base64...]`, 32 bytes each, the current first.",
        repr=False,
    )
    blind_key: Annotated[bytes, BeforeValidator(_key)] = Field(
        description="Key of the blind indexes over name, ID number, phone and address, base64 of 32 bytes. "
        "It cannot rotate.",
        repr=False,
    )

    locale: Literal["zh_Hans", "en"] = Field("zh_Hans", description="Language of pages until a person chooses one.")
    https: bool = Field(True, description="Cookies are sent over HTTPS only and HTTP is sent on to HTTPS.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front whose X-Forwarded-* headers are believed."
    )
    host: str = Field("127.0.0.1", description="Address on which `reviewdesk run` listens.")
    port: int = Field(8000, ge=1, le=65535, description="TCP port on which `reviewdesk run` listens.")
    web_processes: int = Field(1, ge=1, le=64, description="Web server processes.")
    web_threads: int = Field(8, ge=1, le=256, description="Threads of each web server process.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe log line that is written."
    )

    max_upload_mb: int = Field(300, ge=1, le=2048, description="Largest workbook or attachment, MB of 1,048,576 bytes.")
    read_memory_mb: int = Field(
        ReadLimits().read_memory_mb,
        ge=256,
        le=65536,
        description="Most memory for reading one file, MB; a small file is given less.",
    )
    read_seconds: int = Field(
        ReadLimits().read_seconds,
        ge=5,
        le=3600,
        description="Most seconds for reading one file; a small file is given less.",
    )
    session_hours: int = Field(12, ge=1, le=168, description="A sign-in lasts this many hours at most.")
    session_idle_minutes: int = Field(60, ge=1, le=1440, description="A sign-in ends after this many idle minutes.")
    lockout_attempts: int = Field(5, ge=3, le=100, description="Wrong passwords in a row that lock a person's sign-in.")
    lockout_minutes: int = Field(15, ge=1, le=1440, description="Minutes that a locked sign-in stays locked.")
    sign_in_rate: str = Field("20 per minute", description="Sign-in attempts allowed from one address.")
    api_rate: str = Field("600 per minute", description="API requests allowed for one token.")
    invitation_days: int = Field(7, ge=1, le=60, description="Days that an invitation can be accepted.")

    case_lease_minutes: int = Field(
        20, ge=1, le=480, description="Idle minutes after which a case taken with Next case returns to the queue."
    )
    lease_seconds: int = Field(
        45, ge=5, le=110, description="Seconds after a job's last sign of life when another worker may take it up."
    )
    job_attempts: int = Field(5, ge=1, le=20, description="Times a job is tried before it is shown as failed.")
    job_backoff_seconds: int = Field(
        5, ge=1, le=600, description="Seconds before the second try of a failed job; each later wait doubles."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("store_url")
    @classmethod
    def _known_store(cls, url: str | None) -> str | None:
        """A folder becomes absolute; a storage must be one that fsspec knows and whose package is installed."""
        if not url:
            return None
        if not _is_remote(url):
            return str(Path(url.removeprefix("file://")).expanduser().absolute())
        from fsspec.registry import get_filesystem_class  # only who keeps files elsewhere pays for loading it

        scheme = url.partition("://")[0]
        try:
            get_filesystem_class(scheme)
        except ImportError as error:
            hint = "install reviewdesk[s3]" if scheme in {"s3", "s3a"} else str(error)
            raise ValueError(f"{scheme}:// needs a package that is not installed: {hint}") from error
        except ValueError as error:
            raise ValueError(f"{scheme}:// is no storage that fsspec knows") from error
        return url

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if len(value) < 32:
            raise ValueError("must have at least 32 characters; make one with `openssl rand -base64 48`")
        return value

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _with_driver(cls, url: str | None) -> str | None:
        """`postgres://` and `postgresql://` mean psycopg 3 here."""
        if not url:
            return None
        scheme, colon, rest = url.partition("://")
        if not colon or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
            raise ValueError("must start with postgresql://")
        return f"postgresql+psycopg://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, url: str | None) -> str | None:
        if not url:
            return None
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return url

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.database_url is None) != (self.redis_url is None):
            raise ValueError(f"{PREFIX}DATABASE_URL and {PREFIX}REDIS_URL are set together or not at all")
        return self

    @property
    def embedded(self) -> bool:
        """True when no server is named, so that the ones pip installed are used."""
        return self.database_url is None

    @property
    def vault_key_id(self) -> str:
        """Id of the key that seals new personal data."""
        return next(iter(self.vault_keys))

    @property
    def files(self) -> Path:
        """Folder of uploaded originals, attachments and exports, where they are kept in one."""
        return Path(self.store_url) if self.store_url and not self.keeps_remotely else self.home / "files"

    @property
    def keeps_remotely(self) -> bool:
        """Whether the files are in a storage rather than in a folder."""
        return self.store_url is not None and _is_remote(self.store_url)

    @property
    def max_upload_bytes(self) -> int:
        return self.max_upload_mb * 1_048_576

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process."""
        return {variable(name): _as_text(value) for name, value in self if value is not None}


def variable(field: str) -> str:
    """The environment variable of a setting: `lease_seconds` is `REVIEWDESK_LEASE_SECONDS`."""
    return PREFIX + field.upper()


def _as_text(value: Any) -> str:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return ",".join(f"{key_id}:{_as_text(key)}" for key_id, key in value.items())
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def load_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: a variable is unknown, a value cannot be used, or a secret is missing. The message has one
            line for each complaint and never repeats a secret's value.
    """
    known = {variable(name): name for name in Settings.model_fields}
    given = {name: value for name, value in env.items() if name.startswith(PREFIX)}
    complaints = [_unknown(name, known) for name in sorted(given.keys() - known.keys())]
    values: dict[str, Any] = {known[name]: value for name, value in given.items() if name in known and value != ""}
    if given.get(variable("demo"), "").lower() in {"1", "true", "yes", "on"}:
        home = Path(values.get("home", Settings.model_fields["home"].default))
        values = demo_defaults(home.expanduser().absolute()) | values
    try:
        settings = Settings(**values)
    except ValidationError as error:
        complaints += [_complaint(one) for one in error.errors(include_input=False, include_url=False)]
    if complaints:
        raise SettingsError("\n".join(complaints))
    return settings


def read_limits(env: Mapping[str, str] = os.environ) -> ReadLimits:
    """What a command needs that knows no other setting and no secret.

    Raises:
        SettingsError: a value cannot be used.
    """
    return ReadLimits(*(_alone(name, env) for name in ReadLimits._fields))


def _alone(name: str, env: Mapping[str, str]) -> int:
    known = Settings.model_fields[name]
    adapter: TypeAdapter[int] = TypeAdapter(Annotated[int, *known.metadata])
    try:
        return adapter.validate_python(env.get(variable(name)) or known.default)
    except ValidationError as error:
        complaint = error.errors(include_input=False, include_url=False)[0] | {"loc": (name,)}
        raise SettingsError(_complaint(complaint)) from error


def _unknown(name: str, known: Mapping[str, str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return f"{name}: there is no such setting; the nearest is {nearest}"


def _complaint(error: Any) -> str:
    if not error["loc"]:
        return str(error["msg"]).removeprefix("Value error, ")
    name = variable(str(error["loc"][0]))
    if error["type"] == "missing":
        purpose = Settings.model_fields[error["loc"][0]].description
        return f"{name}: not set; outside the demo it has no default ({purpose})"
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"


def demo_defaults(home: Path) -> dict[str, Any]:
    """Defaults that hold in the demo only: secrets made once and kept in `home/demo-secrets.json`, plain HTTP."""
    file = home / "demo-secrets.json"
    if not file.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = {
            "secret_key": secrets.token_urlsafe(48),
            "vault_keys": f"demo1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}",
            "blind_key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
        }
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(made))
        try:
            os.link(temporary, file)  # fails when another process was first, whose secrets then hold
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return {"https": False, **json.loads(file.read_text())}


def reference() -> str:
    """Every setting as a Markdown table: `docs/settings.md` holds it, and a test keeps the two the same."""
    rows = ["| variable | default | what it is for |", "| --- | --- | --- |"]
    for name, setting in Settings.model_fields.items():
        default = "none: must be set" if setting.is_required() else "none" if setting.default is None else None
        shown = default or f"`{_as_text(setting.default)}`"
        rows.append(f"| `{variable(name)}` | {shown} | {setting.description} |")
    return "\n".join(rows)
