"""What the tests of the site share."""

import os

import pytest


@pytest.fixture
def golden() -> bool:
    """Whether the agreed words are to be written anew: `UPDATE_GOLDEN=1 pytest tests/reports`."""
    return os.environ.get("UPDATE_GOLDEN") == "1"
