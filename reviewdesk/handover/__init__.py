"""The handover stage: entrustment, milestones, the pack for counsel, the risks of suing."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this stage's pages."""
    from reviewdesk.handover import views, views_statement, views_template, views_weighing  # noqa: F401 -- their routes

    app.register_blueprint(views.handover)
