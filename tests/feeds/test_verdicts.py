"""What becomes of a row, case by case, and the laws that hold for all of them."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.feeds.verdicts import Verdict, Version, judge, judge_rows

A, B, C = (bytes([letter]) * 16 for letter in b"abc")
ITEM, OTHER = b"item" * 4, b"else" * 4


@pytest.mark.parametrize(
    ("mode", "new", "old", "verdict", "wins"),
    [
        ("column", (1, A), None, "ACCEPTED", True),
        ("column", (2, B), (1, A), "CORRECTED", True),
        ("column", (1, B), (2, A), "STALE", False),
        ("column", (1, A), (2, A), "STALE", False),
        ("column", (2, A), (2, A), "DUPLICATE", False),
        ("column", (3, A), (2, A), "DUPLICATE", False),
        ("column", (2, B), (2, A), "CONFLICTING", True),
        ("column", (2, A), (2, B), "CONFLICTING", False),
        ("by_delivery", (7, A), None, "ACCEPTED", True),
        ("by_delivery", (8, B), (7, A), "CORRECTED", True),
        ("by_delivery", (8, A), (7, A), "DUPLICATE", False),
        ("by_delivery", (7, B), (7, A), "CONFLICTING", False),
        ("by_delivery", (6, B), (7, A), "STALE", False),
        ("immutable", (0, A), None, "ACCEPTED", True),
        ("immutable", (0, A), (0, A), "DUPLICATE", False),
        ("immutable", (0, B), (0, A), "CONFLICTING", False),
        ("immutable", (0, A), (0, B), "CONFLICTING", False),
    ],
)
def test_a_row_is_judged_by_its_revision_and_its_content(mode, new, old, verdict, wins):
    known = Version(*old) if old else None

    assert judge(mode, Version(*new), known) == (Verdict[verdict], wins)


def judged(mode, rows, known=None):
    """Verdict names, the winning rows and the advanced keys of (revision, digest, filtered?)."""
    full = [(ITEM, Version(revision, digest), bool(f)) for revision, digest, *f in rows]
    outcome = judge_rows(mode, full, {ITEM: Version(*known)} if known else {})
    names = [verdict.name for verdict in outcome.verdicts]
    return names, outcome.winners.get(ITEM), outcome.advanced.get(ITEM)


@pytest.mark.parametrize(
    ("mode", "rows", "known", "verdicts", "winner", "advanced"),
    [
        ("column", [(1, A), (2, B)], None, ["ACCEPTED", "CORRECTED"], 1, None),
        ("column", [(2, B), (1, A)], None, ["ACCEPTED", "STALE"], 0, None),
        ("column", [(2, B), (2, B)], None, ["ACCEPTED", "DUPLICATE"], 0, None),
        ("column", [(1, A), (2, A)], None, ["ACCEPTED", "DUPLICATE"], 1, None),
        ("column", [(3, A)], (1, A), ["DUPLICATE"], None, 3),
        ("column", [(3, A), (4, B)], (1, A), ["DUPLICATE", "CORRECTED"], 1, None),
        ("column", [(3, A), (2, B)], (1, A), ["DUPLICATE", "STALE"], None, 3),
        ("by_delivery", [(9, A), (9, B)], None, ["ACCEPTED", "CONFLICTING"], 0, None),
        ("by_delivery", [(9, A), (9, A)], (8, A), ["DUPLICATE", "DUPLICATE"], None, None),
        ("immutable", [(0, B), (0, A)], (0, A), ["CONFLICTING", "DUPLICATE"], None, None),
    ],
)
def test_rows_of_one_item_in_a_file_settle_in_file_order(
    mode, rows, known, verdicts, winner, advanced
):
    assert judged(mode, rows, known) == (verdicts, winner, advanced)


@pytest.mark.parametrize(
    ("rows", "known", "verdicts", "winner"),
    [
        ([(2, B, True)], (1, A), ["FILTERED"], 0),
        ([(1, A, True)], None, ["FILTERED"], 0),
        ([(1, B, True)], (2, A), ["STALE"], None),
        ([(2, A, True)], (2, A), ["DUPLICATE"], None),
        ([(1, A, True), (2, B)], None, ["FILTERED", "CORRECTED"], 1),
    ],
)
def test_the_revision_is_settled_before_the_filter(rows, known, verdicts, winner):
    assert judged("column", rows, known)[:2] == (verdicts, winner)


def test_items_do_not_touch_each_other():
    rows = [(ITEM, Version(1, A), False), (OTHER, Version(1, B), False)]

    outcome = judge_rows("column", rows, {OTHER: Version(5, C)})

    assert outcome.verdicts == [Verdict.ACCEPTED, Verdict.STALE]
    assert outcome.winners == {ITEM: 0}


KEYS = st.sampled_from([ITEM, OTHER])
DIGESTS = st.sampled_from([A, B, C])
ROW = st.tuples(KEYS, st.builds(Version, st.integers(0, 4), DIGESTS), st.booleans())
# the digest covers the filter, so that equal digests are filtered alike
CONSISTENT = ROW.map(lambda row: (row[0], row[1], row[1].digest == C))


def delivered(mode, deliveries):
    """What is known after these deliveries, and all verdicts."""
    known, verdicts = {}, Counter()
    for rows in deliveries:
        outcome = judge_rows(mode, rows, known)
        known |= {key: rows[row][1] for key, row in outcome.winners.items()}
        known |= {
            key: Version(revision, known[key].digest) for key, revision in outcome.advanced.items()
        }
        verdicts.update(outcome.verdicts)
    return known, verdicts


@given(st.lists(CONSISTENT, max_size=6), st.data())
def test_with_a_revision_column_neither_order_nor_splitting_matters(rows, data):
    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    parts = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]

    assert delivered("column", parts)[0] == delivered("column", [rows])[0]


@given(
    st.sampled_from(["column", "by_delivery", "immutable"]),
    st.lists(st.lists(ROW, max_size=5), max_size=4),
)
def test_every_row_gets_exactly_one_verdict(mode, deliveries):
    _, verdicts = delivered(mode, deliveries)

    assert verdicts.total() == sum(map(len, deliveries))


@given(st.lists(st.tuples(KEYS, DIGESTS), max_size=4, unique_by=lambda row: row[0]))
def test_deliveries_without_conflicts_may_come_in_any_order(rows):
    files = [[(key, Version(number, digest), False)] for number, (key, digest) in enumerate(rows)]
    surviving = [
        {key: version.digest for key, version in delivered("by_delivery", order)[0].items()}
        for order in permutations(files)
    ]

    assert all(found == surviving[0] for found in surviving)


@given(st.lists(st.tuples(KEYS, DIGESTS), max_size=6))
def test_with_immutable_rows_the_first_content_stays(rows):
    files = [[(key, Version(0, digest), False)] for key, digest in rows]
    first = dict(reversed(rows))

    known, _ = delivered("immutable", files)

    assert {key: version.digest for key, version in known.items()} == first


@given(st.sampled_from(["column", "by_delivery", "immutable"]), st.lists(CONSISTENT, max_size=8))
def test_the_same_rows_again_change_nothing(mode, rows):
    if mode != "column":
        rows = [(key, Version(0, version.digest), f) for key, version, f in rows]
    once, _ = delivered(mode, [rows])
    outcome = judge_rows(mode, rows, once)

    assert not outcome.winners
    assert not outcome.advanced
    assert not {Verdict.ACCEPTED, Verdict.CORRECTED} & set(outcome.verdicts)
