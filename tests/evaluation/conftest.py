import pytest

from metrics.evaluation.verifying import as_row, verify_all
from tests.feeds.arriving import read_here


@pytest.fixture
def in_process(monkeypatch) -> None:
    """Files are read in this process, which is faster than a child."""
    read_here(monkeypatch)


@pytest.fixture
def sound():
    """Call it, and once more at the end of the test: every figure is what its rows give."""

    def check() -> None:
        assert [as_row(difference) for difference in verify_all()] == []

    yield check
    check()
