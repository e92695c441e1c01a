"""The pages of batches."""

from flask import Blueprint

batches = Blueprint("intake", __name__)
