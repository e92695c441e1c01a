"""What the tests of intake share. Property tests are about values, not about how busy the machine is."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import settings

from tests.builders import Bench, Org

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def client(bench: Bench, org: Org) -> FlaskClient:
    """A browser of the organisation's uploader."""
    return bench.client(org.uploader)


@pytest.fixture
def prefix() -> str:
    """What the account numbers of a test begin with."""
    return f"HT{uuid4().hex[:10].upper()}"
