"""An organisation's own versions of the policy: drafted, tried on its cases, approved by a second person, in force."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this room's pages, and say what the journal calls the parts of a policy."""
    from reviewdesk.audit.versions import tables, views, words
    from reviewdesk.journal.words import learn_words

    learn_words("section", {name: title for name, (title, _paths) in words.SECTIONS.items()})
    learn_words("table", {name: words.GRIDS[path] for name, path in tables.TABLES.items()})
    app.register_blueprint(views.policies)
