from collections.abc import Callable

import pytest

from tests.feeds.arriving import read_here


@pytest.fixture
def reading(monkeypatch) -> Callable[[int], None]:
    """Files are read in this process; call it with a number of rows to change the chunk size."""
    read_here(monkeypatch)
    return lambda chunk_rows: read_here(monkeypatch, chunk_rows)
