"""What surrounds every page: layout, navigation, dashboard, operations, search, languages, security and error pages."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Install timing, the guard, languages, headers, rate limits, error pages and the pages of the house itself."""
    from reviewdesk import limits, pages
    from reviewdesk.journal import service as journal
    from reviewdesk.web import assets, errors, i18n, security, timing, views

    app.extensions["reviewdesk.record"] = journal.record
    timing.init_app(app)
    security.init_app(app)
    assets.init_app(app)
    i18n.init_app(app)
    limits.init_app(app)
    pages.init_app(app)
    errors.init_app(app)
    app.register_blueprint(views.pages_of_the_house)
