"""Rate limits, counted in Redis so that all web processes share them; in memory while Redis does not answer."""

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from reviewdesk.settings import Settings

limiter = Limiter(
    key_func=get_remote_address,
    strategy="fixed-window",
    in_memory_fallback_enabled=True,
    headers_enabled=True,
)


def init_app(app: Flask) -> None:
    """Point the limiter at the Redis of the job queue."""
    settings: Settings = app.extensions["reviewdesk.settings"]
    app.config.update(
        RATELIMIT_STORAGE_URI=storage_uri(str(settings.redis_url)),
        RATELIMIT_KEY_PREFIX="reviewdesk",
    )
    limiter.init_app(app)


def sign_in_rate() -> str:
    """How often one address may try a password or a link, as `20 per minute`."""
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings.sign_in_rate


def storage_uri(redis_url: str) -> str:
    """The limiter's name for a Redis address: `unix://` is `redis+unix://` there."""
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
