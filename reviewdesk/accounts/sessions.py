"""Who asks: the signed session cookie of a browser, or the bearer token of an API call. Never both on one route."""

import time
from uuid import UUID

from flask import Flask, current_app, g, has_request_context, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from reviewdesk.accounts.sign_in import Identity, Origin, actor_of_token, identify
from reviewdesk.actor import Actor
from reviewdesk.settings import Settings

API = "/api/"
BEARER = "bearer "
LONGEST_AGENT = 200  # characters of a browser's name that the journal keeps
SEEN_STEP = 60  # seconds; how often a session writes down that it is in use

login = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]
    """What pages show of the reader, and Flask-Login's handle of the session."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.name = identity.name
        self.email = identity.email
        self.roles = identity.roles
        self.locale = identity.locale
        self.org_name = identity.org_name
        self.org_kind = identity.org_kind

    def get_id(self) -> str:
        """Organisation, person and session epoch: a session of an earlier epoch is over."""
        return f"{self.identity.org_id}:{self.identity.person_id}:{self.identity.epoch}"


def init_app(app: Flask) -> None:
    """Install Flask-Login."""
    login.session_protection = "basic"
    login.init_app(app)
    login.user_loader(load_signed_in)


def load_signed_in(session_id: str) -> SignedIn | None:
    """The reader of a session that is neither over nor too old nor idle for too long."""
    if _lapsed():
        session.clear()
        return None
    try:
        org_id, person_id, epoch = session_id.split(":")
        identity = identify(UUID(org_id), UUID(person_id), int(epoch))
    except ValueError:
        return None
    if identity is None:
        return None
    _note_use()
    return SignedIn(identity)


def _lapsed() -> bool:
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    at = time.time()
    started, seen = session.get("started", 0), session.get("seen", 0)
    return bool(at - started > settings.session_hours * 3600 or at - seen > settings.session_idle_minutes * 60)


def _note_use() -> None:
    """Keep the session awake. What htmx polls by itself is no sign of a person."""
    polls = request.method == "GET" and request.headers.get("HX-Request") == "true"
    if not polls and time.time() - session["seen"] > SEEN_STEP:
        session["seen"] = int(time.time())


def start(identity: Identity) -> None:
    """Begin a session in this browser.

    Whatever the browser had before is dropped, so no session can be planted; only a language chosen on the sign-in
    page stays, unless the person has one of their own.
    """
    chosen = session.get("locale")
    session.clear()
    if chosen and identity.locale is None:
        session["locale"] = chosen
    session.permanent = True
    session["started"] = session["seen"] = int(time.time())
    login_user(SignedIn(identity))
    g.pop("actor", None)


def end() -> None:
    """Forget this browser's session."""
    logout_user()
    session.clear()
    g.pop("actor", None)


def origin() -> Origin:
    """Where the request comes from."""
    agent = request.user_agent.string[:LONGEST_AGENT] or None
    return Origin(ip=request.remote_addr, agent=agent, request_id=g.get("request_id"))


def load_actor() -> Actor | None:
    """The author of the request: on the API by token only, elsewhere by session only."""
    if not has_request_context():
        return None
    if request.path.startswith(API):
        return _by_token()
    user: SignedIn = current_user
    return user.identity.actor(origin()) if user.is_authenticated else None


def _by_token() -> Actor | None:
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(BEARER):
        return None
    return actor_of_token(given[len(BEARER) :].strip(), origin())
