"""The review stage: queue, claim, decide, settle, escalate."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this stage's pages."""
    from reviewdesk.audit.registry import CHECKS
    from reviewdesk.journal.words import learn_words
    from reviewdesk.review import (  # noqa: F401 -- they add their routes to one blueprint
        views,
        views_back,
        views_evidence,
        views_joint,
        views_many,
        views_overrides,
        views_runs,
        views_statement,
        views_weighing,
    )

    learn_words("check", {check.id: check.title for check in CHECKS.values()})
    app.register_blueprint(views.review)
