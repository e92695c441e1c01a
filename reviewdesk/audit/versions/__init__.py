"""An organisation's own versions of the policy: drafted, tried on its cases, approved by a second person, in force."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this room's pages."""
    from reviewdesk.audit.versions import views

    app.register_blueprint(views.policies)
