"""Keys tell items apart, digests tell versions apart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.feeds.mapping.identity import key_of

from .batches import column, mapped

KPIS = {"k": {"id": 7, "scale": 1, "roles": {"value": "value"}}}
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


def feed(*identity: str) -> dict[str, object]:
    return {
        "code": "desk",
        "identity": list(identity),
        "times": {"finished": {"fixed": "2026-01-01T00:00:00Z"}},
        "targets": [{"kpi": "k", "value": "v"}],
    }


@settings(deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=10))
def test_keys_of_columns_equal_the_key_of_each_row(rows: list[tuple[str, str]]) -> None:
    columns = {"x": [x for x, _ in rows], "y": [y for _, y in rows], "v": ["1"] * len(rows)}
    result = mapped(feed("x", "y"), KPIS, columns)
    assert column(result, "key") == [key_of("desk", row) for row in rows]


@settings(deadline=None)
@given(st.lists(words, max_size=3), st.lists(words, max_size=3), words, words)
def test_keys_are_equal_only_for_equal_parts(
    parts: list[str], others: list[str], feed: str, other: str
) -> None:
    same = (feed, parts) == (other, others)
    assert (key_of(feed, parts) == key_of(other, others)) == same


def test_a_digest_follows_the_outcome_and_not_the_writing() -> None:
    columns = {"x": list("abcd"), "v": ["1", "1.0", "01", "1.1"]}
    digests = column(mapped(feed("x"), KPIS, columns), "digest")
    assert digests[0] == digests[1] == digests[2] != digests[3]


def test_a_digest_does_not_depend_on_the_rows_around_it() -> None:
    conditional = feed("x") | {"targets": [{"kpi": "k", "value": "v", "if_missing": "skip"}]}
    alone = column(mapped(conditional, KPIS, {"x": ["a"], "v": [""]}), "digest")
    among = column(mapped(conditional, KPIS, {"x": ["b", "a"], "v": ["1", ""]}), "digest")
    assert alone[0] == among[1]


def test_refs_show_the_parts_of_the_identity() -> None:
    result = mapped(feed("x", "y"), KPIS, {"x": ["A1"], "y": ["Zürich"], "v": ["1"]})
    assert column(result, "ref") == ["A1 / Zürich"]
