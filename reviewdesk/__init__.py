"""ReviewDesk: the desk where a loan platform and its law firms decide which delinquent loans become lawsuits."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from reviewdesk.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Build the application: settings in, stages registered.

    Without `settings` they are read from the environment.
    """
    from reviewdesk.application import build

    return build(settings)
