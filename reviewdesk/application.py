"""Putting the application together, from the ground floor up."""

from typing import Any, Final

from flask import Flask
from redis import Redis
from werkzeug.routing import IntegerConverter, Map

from reviewdesk import accounts, api, handover, intake, journal, review, web
from reviewdesk.audit import versions
from reviewdesk.db import db, engine_options
from reviewdesk.embedded import with_servers
from reviewdesk.settings import Settings, load_settings
from reviewdesk.vault import Vault

LARGEST_KEY: Final = 2**63 - 1


class Number(IntegerConverter):
    """A number in an address. One that no key in the database can be leads to no page."""

    def __init__(self, addresses: Map, *args: Any, **named: Any) -> None:
        super().__init__(addresses, *args, **{"max": LARGEST_KEY, **named})


def build(settings: Settings | None = None) -> Flask:
    """The Flask application with every stage registered; starts the embedded servers where none is named."""
    settings = with_servers(settings or load_settings())
    app = Flask("reviewdesk")
    app.url_map.converters["int"] = Number
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.web_threads),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + 1_048_576,
    )
    app.extensions["reviewdesk.settings"] = settings
    app.extensions["reviewdesk.redis"] = Redis.from_url(str(settings.redis_url))
    app.extensions["reviewdesk.vault"] = Vault(settings.vault_keys, settings.vault_key_id, settings.blind_key)
    db.init_app(app)
    for stage in (web, accounts, journal, intake, versions, review, handover, api):
        stage.init_app(app)
    return app
