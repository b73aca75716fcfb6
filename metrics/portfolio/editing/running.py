"""One entry taken through gathering, checks and reconciling, by a person and not from a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from contracts.models.managed import ManagedBy
from contracts.services.writing import writing
from kpotracker.toolkit import doorbell
from metrics.portfolio.applying import one_at_a_time
from metrics.portfolio.checks import cross_check
from metrics.portfolio.editing.entries import Entry
from metrics.portfolio.editing.findings import (
    SECTION,
    EditRefusedError,
    Finding,
    drawn_up,
    findings_of,
)
from metrics.portfolio.items import Item, gather
from metrics.portfolio.known import Known
from metrics.portfolio.reconcile.locks import hold_still
from metrics.portfolio.reconcile.run import Run

Work = Callable[[Run, Item[Any]], None]


def entry_apply(entry: Entry, work: Work, *, as_of: datetime, section: str = SECTION) -> None:
    """Check ``entry`` of a section and do ``work`` with it, in the caller's ``writing()``.

    Raises EditRefusedError with everything that is wrong.
    """
    document = drawn_up(entry, section)
    portfolio, problems = gather([document])
    known = Known(portfolio)
    problems += cross_check(portfolio, known)
    run = Run(portfolio, known, as_of, ManagedBy.PERSON)
    hold_still(run)
    for item in getattr(portfolio, section):
        work(run, item)
    problems += run.problems
    if problems:
        raise EditRefusedError(findings_of(problems, document))


@contextmanager
def editing(*, plan_only: bool = False) -> Iterator[None]:
    """A transaction that one person at a time is in; with ``plan_only`` it is taken back."""
    try:
        with writing():
            one_at_a_time()
            yield
            if plan_only:
                raise _TakenBackError
            doorbell.ring("metrics.tasks.sweep")
    except _TakenBackError:
        pass


class _TakenBackError(Exception):
    """Rolls a plan's changes back."""


def refused(message: str, hint: str, *path: str | int) -> EditRefusedError:
    """A refusal with a single reason."""
    return EditRefusedError([Finding(path, message, hint)])


__all__ = ["SECTION", "Work", "editing", "entry_apply", "refused"]
