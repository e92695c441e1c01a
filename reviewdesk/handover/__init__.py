"""The handover stage: entrustment, milestones, the workbook for counsel."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this stage's pages."""
    from reviewdesk.handover import views

    app.register_blueprint(views.handover)
