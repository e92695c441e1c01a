"""The handover stage: entrustment, milestones, the workbook for counsel."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this stage's pages."""
    from reviewdesk.handover import views, views_statement  # noqa: F401 -- it adds its routes to the blueprint

    app.register_blueprint(views.handover)
