"""The settings page: defaults, refusals, and that no secret is printed."""

import base64
from pathlib import Path

import pytest

from reviewdesk.settings import Settings, SettingsError, load_settings, reference

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()
SECRETS = {
    "REVIEWDESK_SECRET_KEY": "s" * 40,
    "REVIEWDESK_VAULT_KEYS": f"k2:{KEY},k1:{OTHER_KEY}",
    "REVIEWDESK_BLIND_KEY": KEY,
}


def complaint(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(env)
    return str(caught.value)


def test_defaults_hold_where_nothing_is_said() -> None:
    settings = load_settings(SECRETS)
    assert settings.home == Path("var").absolute()
    assert settings.files == settings.home / "files"
    assert settings.embedded
    assert settings.https
    assert settings.max_upload_bytes == settings.max_upload_mb * 1_048_576


def test_other_variables_of_the_machine_do_not_matter() -> None:
    assert load_settings(SECRETS | {"PATH": "/bin", "DATABASE_URL": "x"}) == load_settings(SECRETS)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings(SECRETS | {"REVIEWDESK_PORT": ""}).port == 8000


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_has_no_default(secret: str) -> None:
    said = complaint({name: value for name, value in SECRETS.items() if name != secret})
    assert said.startswith(f"{secret}: not set")
    assert len(said.splitlines()) == 1


def test_an_unknown_variable_stops_the_start_and_names_the_nearest() -> None:
    said = complaint(SECRETS | {"REVIEWDESK_LEASE_SECOND": "30"})
    assert said == "REVIEWDESK_LEASE_SECOND: there is no such setting; the nearest is REVIEWDESK_LEASE_SECONDS"


def test_every_complaint_is_made_at_once() -> None:
    said = complaint(SECRETS | {"REVIEWDESK_PORT": "http", "REVIEWDESK_LOCALE": "fr", "REVIEWDESK_COLOUR": "red"})
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        "REVIEWDESK_COLOUR",
        "REVIEWDESK_LOCALE",
        "REVIEWDESK_PORT",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REVIEWDESK_SECRET_KEY", "hunter2"),
        ("REVIEWDESK_VAULT_KEYS", "k1:aHVudGVyMg=="),
        ("REVIEWDESK_VAULT_KEYS", "aHVudGVyMg=="),
        ("REVIEWDESK_VAULT_KEYS", f"k1:{KEY},k1:{OTHER_KEY}"),
        ("REVIEWDESK_BLIND_KEY", "aHVudGVyMg=="),
        ("REVIEWDESK_BLIND_KEY", "not base64 !"),
    ],
)
def test_a_weak_secret_is_refused_and_not_repeated(name: str, value: str) -> None:
    said = complaint(SECRETS | {name: value})
    assert said.startswith(f"{name}: ")
    assert value not in said


def test_secrets_are_not_in_the_printed_form() -> None:
    printed = repr(load_settings(SECRETS))
    assert "s" * 40 not in printed
    assert "kkkk" not in printed


def test_the_first_vault_key_seals_and_the_others_still_open() -> None:
    settings = load_settings(SECRETS)
    assert settings.vault_key_id == "k2"
    assert settings.vault_keys == {"k2": b"k" * 32, "k1": b"o" * 32}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_postgresql_url_is_taken(scheme: str) -> None:
    settings = load_settings(
        SECRETS | {"REVIEWDESK_DATABASE_URL": f"{scheme}://a@db/x", "REVIEWDESK_REDIS_URL": "redis://r/0"}
    )
    assert settings.database_url == "postgresql+psycopg://a@db/x"
    assert not settings.embedded


@pytest.mark.parametrize("url", ["mysql://a@db/x", "sqlite:///x.db", "a@db/x"])
def test_another_database_is_refused(url: str) -> None:
    said = complaint(SECRETS | {"REVIEWDESK_DATABASE_URL": url, "REVIEWDESK_REDIS_URL": "redis://r/0"})
    assert said == "REVIEWDESK_DATABASE_URL: must start with postgresql://"


def test_one_url_without_the_other_is_refused() -> None:
    assert "set together" in complaint(SECRETS | {"REVIEWDESK_REDIS_URL": "redis://r/0"})


def test_a_child_process_reads_the_same_settings() -> None:
    settings = load_settings(SECRETS | {"REVIEWDESK_HTTPS": "no", "REVIEWDESK_PORT": "9000"})
    assert load_settings(settings.environment()) == settings


def test_the_demo_makes_its_secrets_once(tmp_path: Path) -> None:
    env = {"REVIEWDESK_DEMO": "true", "REVIEWDESK_HOME": str(tmp_path)}
    settings = load_settings(env)
    assert load_settings(env) == settings
    assert not settings.https
    assert (tmp_path / "demo-secrets.json").stat().st_mode & 0o077 == 0


def test_two_demos_do_not_share_secrets(tmp_path: Path) -> None:
    one, two = (
        load_settings({"REVIEWDESK_DEMO": "1", "REVIEWDESK_HOME": str(tmp_path / name)}) for name in ("one", "two")
    )
    assert one.blind_key != two.blind_key


def test_the_page_in_the_documentation_is_this_page() -> None:
    assert reference() in (ROOT / "docs" / "settings.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - {"home", "max_upload_mb"}))
def test_every_setting_is_used(name: str) -> None:
    files = [file for folder in ("reviewdesk", "workers") for file in (ROOT / folder).rglob("*.py")]
    assert any(f".{name}" in file.read_text() for file in files if file.name != "settings.py"), f"nothing uses {name}"
