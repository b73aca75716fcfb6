"""gzip as a stream: whole or refused, and never more than its share."""

import gzip
from pathlib import Path

import pytest

from metrics.feeds.reading import Limits

from .reports import HEADER, ROW, read_bytes

PLAIN = (HEADER + ROW).encode()
MANY = (HEADER + "".join(f"A{n},2026-03-01,1\n" for n in range(50_000))).encode()
BOMB = HEADER.encode() + b"A" * 3_000_000


STREAMS = {
    "whole": (gzip.compress(PLAIN), "OK"),
    "two members": (gzip.compress(HEADER.encode()) + gzip.compress(ROW.encode()), "OK"),
    "large": (gzip.compress(MANY), "OK"),
    "cut in its trailer": (gzip.compress(MANY)[:-9], "FILE compression"),
    "cut in its header": (gzip.compress(PLAIN)[:12], "FILE compression"),
    "text after it": (gzip.compress(PLAIN) + b"garbage", "FILE compression"),
    "a NUL after it": (gzip.compress(PLAIN) + b"\0", "FILE compression"),
    "wrong checksum": (gzip.compress(MANY)[:-8] + b"\0" * 8, "FILE compression"),
    "of nothing": (gzip.compress(b""), "FILE empty"),
    "packed twice": (gzip.compress(gzip.compress(PLAIN)), "FILE encoding"),
    "of an archive": (gzip.compress(b"PK\x03\x04" + PLAIN), "FILE kind"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_each_stream_gets_its_verdict(tmp_path: Path, name: str) -> None:
    content, verdict = STREAMS[name]
    assert read_bytes(tmp_path, content).verdict == verdict


def test_a_bomb_is_refused_by_its_ratio_and_read_without_that_guard(tmp_path: Path) -> None:
    guarded = Limits(ratio=100, ratio_free=1_000_000, line=10_000_000, fld=5_000_000)
    bomb = gzip.compress(BOMB)
    assert read_bytes(tmp_path, bomb, limits=guarded).verdict == "FILE limits"
    unguarded = Limits(ratio=10**9, line=10_000_000, fld=5_000_000)
    assert read_bytes(tmp_path, bomb, limits=unguarded).verdict == "FILE fields"


def test_more_than_the_cap_is_refused_however_it_is_packed(tmp_path: Path) -> None:
    capped = Limits(decompressed=1_000)
    assert read_bytes(tmp_path, gzip.compress(MANY), limits=capped).verdict == "FILE limits"
    assert read_bytes(tmp_path, MANY, limits=capped).verdict == "FILE limits"


def test_compression_that_is_declared_must_be_there(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, PLAIN, format={"compression": "gz"}).verdict == "FILE compression"
    packed = gzip.compress(PLAIN)
    assert (
        read_bytes(tmp_path, packed, format={"compression": "none"}).verdict == "FILE compression"
    )
