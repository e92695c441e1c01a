"""The intake stage: from a workbook to cases, every row accounted for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register this stage's pages."""
    from reviewdesk.intake import views

    app.register_blueprint(views.batches)
