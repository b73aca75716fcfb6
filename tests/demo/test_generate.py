"""The files of the story: the same bytes everywhere, in the order a vendor would send them."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metrics.demo.generate import deliveries, write
from metrics.demo.story import HISTORY_LOADED, TODAY, Dice, Month, Parcel, months
from tests.services import ROOT

_SUM = """
import hashlib
from metrics.demo.generate import deliveries
print(hashlib.sha256(b"".join(p.content for p in deliveries())).hexdigest())
"""


@pytest.fixture(scope="module")
def parcels() -> list[Parcel]:
    return deliveries()


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name) for name in ("first", "second"))
    assert [one.path.read_bytes() for one in first] == [two.path.read_bytes() for two in second]


def test_another_process_with_another_hash_seed_writes_the_same_bytes(
    parcels: list[Parcel],
) -> None:
    digest = hashlib.sha256(b"".join(parcel.content for parcel in parcels)).hexdigest()
    run = subprocess.run(
        [sys.executable, "-c", _SUM],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == digest


def test_dice_fall_differently_for_different_names() -> None:
    assert [Dice("a").whole(0, 999) for _ in range(3)] != [Dice("b").whole(0, 999)] * 3
    assert Dice("a", 1).between(0, 1) != Dice("a", 2).between(0, 1)


def test_deliveries_are_few_and_in_order(parcels: list[Parcel]) -> None:
    assert 40 <= len(parcels) <= 60
    received = [parcel.received_at for parcel in parcels]
    assert received == sorted(received)
    assert received[-1] < TODAY


def test_history_is_in_before_the_first_look(parcels: list[Parcel]) -> None:
    first_of_each_feed = {parcel.feed: parcel.received_at for parcel in reversed(parcels)}
    assert all(received <= HISTORY_LOADED for received in first_of_each_feed.values())
    others = [p for p in parcels if p.received_at != first_of_each_feed[p.feed]]
    assert min(p.received_at for p in others) > HISTORY_LOADED


def test_nobody_attests_days_that_are_still_to_come(parcels: list[Parcel]) -> None:
    late = [p for p in parcels if p.complete_through and p.complete_through > p.received_at.date()]
    assert late == []


def test_no_file_is_given_two_names(parcels: list[Parcel]) -> None:
    assert len({(parcel.feed, parcel.filename) for parcel in parcels}) == len(parcels)


def test_formats_are_mixed(parcels: list[Parcel]) -> None:
    endings = {parcel.filename.rpartition(".")[2] for parcel in parcels}
    assert endings == {"csv", "tsv", "gz", "xlsx", "json", "ndjson", "parquet"}
    begins = {parcel.feed: parcel.content[:4] for parcel in parcels}
    assert begins["bluefin-filings"] == b"PK\x03\x04"
    assert begins["stratus-outage-log"] == b"PAR1"
    assert begins["saffron-batches"][:2] == b"\x1f\x8b"
    assert any("Käse".encode("latin-1") in parcel.content for parcel in parcels)


def test_months_run_over_the_turn_of_the_year() -> None:
    assert [str(m) for m in months(Month(2024, 12), Month(2025, 2))] == [
        "2024-12",
        "2025-01",
        "2025-02",
    ]
