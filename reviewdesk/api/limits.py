"""How often one token may call the API, over all its routes and all web processes."""

import hashlib

from flask import current_app, request
from flask_limiter.util import get_remote_address

from reviewdesk.settings import Settings

SCOPE = "api"


def rate() -> str:
    """The limit, as `600 per minute`."""
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings.api_rate


def caller() -> str:
    """Whose calls are counted together: a token's, or an address's where no token is given."""
    given = request.headers.get("Authorization")
    return hashlib.sha256(given.encode()).hexdigest() if given else get_remote_address()
