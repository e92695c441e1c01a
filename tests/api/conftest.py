"""What tests of the API share: an organisation, and the API as its uploader speaks to it."""

import pytest

from tests.api.helpers import Api, api_of
from tests.builders import Bench, Org


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def api(bench: Bench, org: Org) -> Api:
    return api_of(bench, org.uploader)
