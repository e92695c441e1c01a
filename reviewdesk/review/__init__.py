"""The review stage."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register this stage's pages."""
