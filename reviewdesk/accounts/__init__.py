"""Organisations, people, roles, sign-in and API tokens."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register the pages, and say how the author of a request is found."""
    from reviewdesk import pages
    from reviewdesk.accounts import people_views, sessions, views

    sessions.init_app(app)
    pages.load_actors_with(app, sessions.load_actor)
    app.register_blueprint(views.accounts)
    app.register_blueprint(people_views.people)
