"""The intake stage: from a workbook to cases, every row accounted for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register this stage's pages, and tell the journal what facts are called."""
    from reviewdesk.intake import answering_views, mending_views, quality_views, saved_views, skipped_views, views
    from reviewdesk.intake.fields import FIELDS
    from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS
    from reviewdesk.journal.words import learn_facts, learn_words

    learn_words("kind", {one.kind: one.label for one in SIDE_SHEET_KINDS})
    learn_facts({one.name: one.label for one in FIELDS}, (one.name for one in FIELDS if one.kind == "money"))

    app.register_blueprint(views.batches)
    app.register_blueprint(answering_views.pages)
    app.register_blueprint(mending_views.pages)
    app.register_blueprint(quality_views.pages)
    app.register_blueprint(saved_views.pages)
    app.register_blueprint(skipped_views.pages)
