"""Plays the story through the services that real deliveries go through.

Time is the story's: every step is taken at its own instant, and the work of a day is done when
the day's last step is in. What is already in the database is not done again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction

from contracts.models import Contract
from metrics.demo.generate import Written, write
from metrics.demo.story import INTRODUCED, TODAY
from metrics.demo.surveys import Entry, entries
from metrics.evaluation.work import WorkReport, work_all
from metrics.feeds.entries import entry_approve, entry_propose
from metrics.feeds.intake import delivery_receive
from metrics.models import Delivery, DirtyPeriod, Feed, Ingestion, Kpi, ManualEntry
from metrics.portfolio import apply

PATIENCE_S = 30
OWN_MARK = "HAL-SOW-01"
PORTFOLIO = settings.BASE_DIR / "examples" / "portfolio"


class StoryError(Exception):
    """The story could not be told; the message names what was refused."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened: at which instant, how to do it, whether it has been done."""

    at: datetime
    label: str
    take: Callable[[], None]
    is_taken: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Story:
    """What has happened already, and what is left to be played; both in order."""

    taken: list[Step]
    left: list[Step]

    @property
    def broke_off_at(self) -> datetime | None:
        """The last instant of a day whose steps are all in, if the story stopped after it."""
        if not self.taken:
            return None
        last = self.taken[-1].at
        return last if not self.left or self.left[0].at.date() > last.date() else None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the story that has been played, for a progress bar."""

    day: date
    steps: int


def steps(folder: Path) -> list[Step]:
    """Every delivery and every typed-in figure, in order; the files are written to ``folder``."""
    found = [_delivery_step(written) for written in write(folder)]
    found += [_entry_step(entry) for entry in entries()]
    return sorted(found, key=lambda step: step.at)


def story_so_far(folder: Path) -> Story:
    """The steps of the story, those that are in the database apart from the others."""
    every = steps(folder)
    left = [step for step in every if not step.is_taken()]
    return Story([step for step in every if step not in left], left)


def is_worked_through() -> bool:
    """Whether everything that arrived has become figures."""
    if DirtyPeriod.objects.exists():
        return False
    return not Ingestion.objects.filter(status__in=Ingestion.UNFINISHED).exists()


def holds_other_data() -> bool:
    """Whether this installation keeps contracts, and they are not the demonstration's."""
    return Contract.objects.exists() and not Contract.objects.filter(reference=OWN_MARK).exists()


def play(story: Story) -> Iterator[Day]:
    """Apply the portfolio and take the steps that are left, day by day.

    Raises StoryError when a delivery is refused or cannot be worked through.
    """
    apply(paths=[PORTFOLIO], as_of=INTRODUCED)
    if story.broke_off_at:
        _work(story.broke_off_at)
    for day, group in groupby(story.left, key=lambda step: step.at.date()):
        of_day = list(group)
        for step in of_day:
            step.take()
        _work(of_day[-1].at)
        yield Day(day, len(of_day))
    _work(TODAY)


def _work(as_of: datetime) -> None:
    """Work through everything that is in; what a killed worker held is free again in seconds."""
    for _ in range(PATIENCE_S):
        _check(work_all(as_of=as_of))
        if is_worked_through():
            return
        time.sleep(1)
    raise StoryError("another worker is still at it: run the command again when it is done")


def _check(report: WorkReport) -> None:
    refused = [one for one in report.ingestions if one.status != Ingestion.Status.DONE]
    sentences = [f"{one.filename}: {one.error}" for one in refused]
    sentences += [f"ingestion {pk}: {error}" for pk, error in report.failures.items()]
    if sentences:
        raise StoryError("\n".join(sentences))


def _delivery_step(written: Written) -> Step:
    parcel = written.parcel

    def take() -> None:
        with written.path.open("rb") as stream:
            delivery_receive(
                feed=Feed.objects.get(code=parcel.feed),
                stream=stream,
                filename=parcel.filename,
                received_at=parcel.received_at,
                delivered_by=parcel.delivered_by,
                complete_through=parcel.complete_through,
            )

    def is_taken() -> bool:
        arrived = Delivery.objects.filter(
            ingestion__feed__code=parcel.feed,
            filename=parcel.filename,
            received_at=parcel.received_at,
        )
        return arrived.exclude(ingestion__status=Ingestion.Status.REJECTED).exists()

    return Step(parcel.received_at, parcel.filename, take, is_taken)


def _entry_step(entry: Entry) -> Step:
    @transaction.atomic
    def take() -> None:
        proposed = entry_propose(
            kpi=Kpi.objects.get(code=entry.kpi),
            day=entry.day,
            value=entry.value,
            numerator=entry.numerator,
            denominator=entry.denominator,
            evidence=entry.evidence,
            entered_by=entry.entered_by,
        )
        entry_approve(entry=proposed, approved_by=entry.approved_by, received_at=entry.entered_at)

    def is_taken() -> bool:
        state = ManualEntry.State.APPROVED
        found = ManualEntry.objects.filter(kpi__code=entry.kpi, day=entry.day, state=state)
        return found.exclude(ingestion__status=Ingestion.Status.REJECTED).exists()

    return Step(entry.entered_at, f"{entry.kpi} {entry.day}", take, is_taken)
