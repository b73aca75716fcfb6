from collections.abc import Callable

import pytest

from tests.feeds.arriving import read_here


@pytest.fixture
def in_parts(monkeypatch) -> Callable[[int], None]:
    """Files are read in this process; call it with a number of rows to read them in such parts."""
    read_here(monkeypatch)
    return lambda chunk_rows: read_here(monkeypatch, chunk_rows)
