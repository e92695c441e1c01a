"""The journal: what was done, by whom, with which values; its page, its exports, and its proof."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register this stage's pages."""
    from reviewdesk.journal import views

    app.register_blueprint(views.journal)
