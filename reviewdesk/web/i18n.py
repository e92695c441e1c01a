"""The language of a request: the reader's own choice, then the browser's, then the house's."""

from flask import Flask, current_app, has_request_context, request, session
from flask_babel import Babel
from flask_login import current_user

from reviewdesk.settings import Settings

LOCALES = ("zh_Hans", "en")

babel = Babel()


def init_app(app: Flask) -> None:
    """Install Babel with our catalogues and the selector."""
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh_Hans",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    babel.init_app(app, locale_selector=choose_locale)


def choose_locale() -> str:
    """`zh_Hans` or `en` for this request; the house's own language where there is no request, as in a worker."""
    if not has_request_context():
        return settings_locale()
    chosen = session.get("locale") or getattr(current_user, "locale", None)
    if chosen in LOCALES:
        return str(chosen)
    return from_browser() or settings_locale()


def from_browser() -> str | None:
    """The better of our languages in the browser's list, or None where it asks for neither."""
    for tag, _quality in request.accept_languages:
        language = tag.partition("-")[0].lower()
        if language in {"zh", "en"}:
            return "zh_Hans" if language == "zh" else "en"
    return None


def settings_locale() -> str:
    """The language of pages until a person chooses one."""
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings.locale
