"""What tests of rights to terminate share."""

import pytest

from tests.feeds.arriving import read_here


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process."""
    read_here(monkeypatch)
