"""What becomes of a row, given what is already known of its item. Pure, no database.

An item is known by its key. Which of two contents counts is settled by their revisions:
a column of the feed, the delivery itself (a later one wins), or never (immutable).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

RevisionMode = Literal["column", "by_delivery", "immutable"]


class Verdict(IntEnum):
    ACCEPTED = 0
    CORRECTED = 1
    STALE = 2
    DUPLICATE = 3
    CONFLICTING = 4
    FILTERED = 5


class Version(NamedTuple):
    """Which content of an item: the higher revision counts; equal digests are equal contents."""

    revision: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """Verdicts in row order; per key the row whose content now counts, and keys whose content
    stays but is now known at a higher revision."""

    verdicts: list[Verdict]
    winners: dict[bytes, int]
    advanced: dict[bytes, int]


def judge(mode: RevisionMode, new: Version, old: Version | None) -> tuple[Verdict, bool]:
    """Return the verdict on ``new`` and whether its content replaces ``old``.

    Where the revision is a column, order of arrival must not matter, so of two contents that
    claim the same revision the greater digest stays whichever came first.
    """
    if old is None:
        return Verdict.ACCEPTED, True
    if new.digest == old.digest:
        older = new.revision < old.revision and mode == "column"
        return (Verdict.STALE if older else Verdict.DUPLICATE), False
    if mode == "immutable" or new.revision == old.revision:
        return Verdict.CONFLICTING, mode == "column" and new.digest > old.digest
    if new.revision > old.revision:
        return Verdict.CORRECTED, True
    return Verdict.STALE, False


def judge_rows(
    mode: RevisionMode,
    rows: Sequence[tuple[bytes, Version, bool]],
    known: Mapping[bytes, Version],
) -> Outcome:
    """Judge rows (key, version, filtered) in file order against what is ``known``.

    The revision is settled before the filter: a newer revision that is filtered out wins, and
    so withdraws its item; its verdict is FILTERED.
    """
    state = dict(known)
    verdicts: list[Verdict] = []
    winners: dict[bytes, int] = {}
    advanced: dict[bytes, int] = {}
    for number, (key, new, filtered) in enumerate(rows):
        old = state.get(key)
        verdict, wins = judge(mode, new, old)
        if wins:
            state[key] = new
            winners[key] = number
            advanced.pop(key, None)
        elif old and mode == "column" and verdict is Verdict.DUPLICATE and new > old:
            state[key] = new
            if key in winners:
                winners[key] = number  # the same content, known at a higher revision
            else:
                advanced[key] = new.revision
        unsettled = verdict in (Verdict.ACCEPTED, Verdict.CORRECTED)
        verdicts.append(Verdict.FILTERED if filtered and unsettled else verdict)
    return Outcome(verdicts, winners, advanced)
