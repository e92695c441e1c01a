"""Bringing the schema up to date, as the role that owns the tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the migrations that a database lacks. `owner_url` is a SQLAlchemy URL of the role that owns the tables."""
    command.upgrade(_config(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Take migrations back, down to a revision."""
    command.downgrade(_config(owner_url), revision)


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config
