"""The JSON API: thin views over the same services that the pages use, with one document made from what they declare."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Register the API and the form of its errors."""
    from reviewdesk.api import (  # noqa: F401 (they add routes)
        answers,
        attachments,
        batches,
        bulk_decisions,
        bulk_overrides,
        bulk_withdrawals,
        cases,
        complaint_templates,
        decisions,
        entrustments,
        house,
        joints,
        journal,
        mappings,
        mending,
        mending_rows,
        overrides,
        policies,
        policy_drafts,
        problems,
        runs,
        saved_mappings,
        skipped,
        statements,
        weighings,
    )
    from reviewdesk.api.speaking import api

    app.extensions["reviewdesk.api_problem"] = problems.render
    app.register_blueprint(api)
