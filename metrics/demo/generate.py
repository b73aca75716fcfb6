"""Writes the files of the story: every vendor's parcels, in the order they arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from metrics.demo import filings, forecasting, hosting, keying, legal, reviews, studies, support
from metrics.demo.story import Parcel

VENDORS: tuple[Callable[[], list[Parcel]], ...] = (
    forecasting.parcels,
    filings.parcels,
    reviews.parcels,
    keying.parcels,
    support.parcels,
    hosting.parcels,
    studies.parcels,
    legal.parcels,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A parcel and where its bytes lie."""

    parcel: Parcel
    path: Path


def deliveries() -> list[Parcel]:
    """Every delivery of the story, oldest first."""
    every = [parcel for parcels in VENDORS for parcel in parcels()]
    return sorted(every, key=lambda parcel: (parcel.received_at, parcel.filename))


def write(directory: Path) -> list[Written]:
    """Put the files below ``directory``, a folder per feed; the same bytes every time."""
    return [_write_one(directory, parcel) for parcel in deliveries()]


def _write_one(directory: Path, parcel: Parcel) -> Written:
    path = directory / parcel.feed / parcel.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(parcel.content)
    return Written(parcel, path)
