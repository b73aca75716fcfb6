"""$filter is read as OData's grammar says, and what cannot be read says where and the way out."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpotracker.toolkit.odata import parsing
from kpotracker.toolkit.odata.literals import FilterError
from kpotracker.toolkit.odata.parsing import MOST_CHARACTERS, MOST_DEPTH, MOST_WORDS, read_filter
from kpotracker.toolkit.odata.tree import (
    Call,
    Comparison,
    Junction,
    Literal,
    Membership,
    Negation,
    Node,
    Property,
)
from kpotracker.toolkit.tabular.columns import Kind

KINDS = {
    "name": Kind.TEXT,
    "rows": Kind.INTEGER,
    "value": Kind.NUMBER,
    "late": Kind.BOOLEAN,
    "year": Kind.INTEGER,
    "first_day": Kind.DAY,
    "updated_at": Kind.INSTANT,
}
NAME, ROWS, VALUE, LATE = (
    Property(name, KINDS[name]) for name in ("name", "rows", "value", "late")
)
A, B = Literal(Kind.TEXT, "a"), Literal(Kind.TEXT, "b")
IS_A, IS_B = Comparison("eq", NAME, A), Comparison("eq", NAME, B)
NULL = Literal(None, None)


def read(text: str) -> Node:
    return read_filter(text, KINDS)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("name eq 'a'", IS_A),
        ("  name  eq\t'a' ", IS_A),
        ("(((name eq 'a')))", IS_A),
        ("(name) eq ('a')", IS_A),
        ("'a' ne name", Comparison("ne", A, NAME)),
        ("name eq 'O''Brien'", Comparison("eq", NAME, Literal(Kind.TEXT, "O'Brien"))),
        ("name eq ''", Comparison("eq", NAME, Literal(Kind.TEXT, ""))),
        ("name eq null", Comparison("eq", NAME, NULL)),
        ("rows ge -5", Comparison("ge", ROWS, Literal(Kind.INTEGER, -5))),
        ("rows lt 2.5", Comparison("lt", ROWS, Literal(Kind.NUMBER, 2.5))),
        ("value gt 1e-3", Comparison("gt", VALUE, Literal(Kind.NUMBER, 0.001))),
        ("value le rows", Comparison("le", VALUE, ROWS)),
        ("late", LATE),
        ("late eq true", Comparison("eq", LATE, Literal(Kind.BOOLEAN, True))),
        ("not late", Negation(LATE)),
        ("not not late", Negation(Negation(LATE))),
        ("not (name eq 'a')", Negation(IS_A)),
        ("not contains(name,'a')", Negation(Call("contains", (NAME, A), Kind.BOOLEAN))),
        ("name in ('a', 'b')", Membership(NAME, (A, B))),
        ("name in ('a',null)", Membership(NAME, (A, NULL))),
        ("name eq 'a' or name eq 'b' and late", Junction("or", (IS_A, Junction("and", (IS_B, LATE))))),
        ("(name eq 'a' or name eq 'b') and late", Junction("and", (Junction("or", (IS_A, IS_B)), LATE))),
        ("name eq 'a' and name eq 'b' and late", Junction("and", (IS_A, IS_B, LATE))),
        ("year eq 2026", Comparison("eq", Property("year", Kind.INTEGER), Literal(Kind.INTEGER, 2026))),
        (
            "year(first_day) eq 2026",
            Comparison(
                "eq",
                Call("year", (Property("first_day", Kind.DAY),), Kind.INTEGER),
                Literal(Kind.INTEGER, 2026),
            ),
        ),
        (
            "startswith(tolower(name),'a') eq false",
            Comparison(
                "eq",
                Call("startswith", (Call("tolower", (NAME,), Kind.TEXT), A), Kind.BOOLEAN),
                Literal(Kind.BOOLEAN, False),
            ),
        ),
    ],
)  # fmt: skip
def test_what_a_filter_says(text: str, node: Node) -> None:
    assert read(text) == node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("first_day ge 2026-02-28", date(2026, 2, 28)),
        ("updated_at ge 2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("updated_at ge 2026-01-01T01:00:00 01:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("updated_at ge 2026-01-01T00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("updated_at ge 2026-01-01T00:00:00.0000000Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("updated_at ge 2026-01-01T01:00:00.25+01:00", datetime(2026, 1, 1, microsecond=250_000, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_days_and_instants(text: str, value: object) -> None:
    node = read(text)
    assert isinstance(node, Comparison)
    assert isinstance(node.right, Literal)
    assert node.right.value == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("naem eq 'a'", "at character 1: 'naem' is not a property here: did you mean 'name'?"),
        ("name eq a", "at character 9: 'a' is not a property here"),
        ("name eq \"a\"", "at character 9: text is in single quotes, 'like this'"),
        ("name eq 'a", "at character 9: the text is not closed"),
        ("name eq 5", "at character 9: text is not compared with integer here: text is in quotes"),
        ("value gt 'x'", "at character 10: number is not compared with text here: write a number"),
        ("5 lt name", "text is in quotes"),
        ("rows in (1, 'a')", "at character 13: integer is not compared with text"),
        ("first_day ge 2026-01-01T00:00:00Z", "write a day, such as 2026-03-01"),
        ("updated_at ge 2026-01-01", "write an instant, such as 2026-03-01T00:00:00Z"),
        ("updated_at ge 2026-01-01T00:00:00", "has no zone: end it with Z"),
        ("updated_at ge 2026-01-01T25:00:00Z", "is not an instant of the calendar"),
        ("updated_at ge 0001-01-01T00:00:00+12:00", "is not an instant of the calendar"),
        ("first_day ge 2026-02-30", "2026-02-30 is not a day of the calendar"),
        ("rows eq 9223372036854775808", "beyond the integers of 64 bits"),
        ("value eq 1e309", "beyond the numbers of 64 bits"),
        ("name", "at character 1: 'name' is no condition: compare it, as in name eq 'text'"),
        ("late and name", "at character 10: 'name' is no condition"),
        ("null", "is no condition"),
        ("not name eq 'a'", "at character 5: not comes before a comparison: put it in parentheses"),
        ("not late eq true", "a condition is not compared"),
        ("(late and late) eq true", "a condition is not compared"),
        ("late gt false", "at character 6: true and false have no order: use eq or ne"),
        ("name eq 'a' name", "at character 13: 'name' is not expected here"),
        ("name eq", "its end is not expected here"),
        ("(late", "')' is expected, not its end"),
        ("late)", "')' is not expected here"),
        ("name in 'a'", "'(' is expected"),
        ("name in ()", "is no value: in takes a list of values"),
        ("length(name) eq 5", "'length' is not a function here: "),
        ("contains(name)", "',' is expected"),
        ("contains(rows,'a')", "contains() takes text, not 'rows'"),
        ("year(name) eq 1", "year() takes day or instant, not 'name'"),
        ("name/first eq 'a'", "at character 5: '/' has no meaning here"),
        ("name EQ 'a'", "'EQ' is not expected here"),
        ("name__startswith eq 'a'", "'name__startswith' is not a property here"),
        ("rows add 1 eq 2", "'add' is not expected here"),
        ("٣ eq rows", "has no meaning here"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where_and_the_way_out(text: str, said: str) -> None:
    with pytest.raises(FilterError) as refusal:
        read(text)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name eq '" + "a" * MOST_CHARACTERS + "'", "longer than"),
        (" or ".join(["late"] * MOST_WORDS), "more than 1000 words"),
        ("(" * 21 + "late" + ")" * 21, "nested more than 20 levels"),
        ("not " * 21 + "late", "nested more than 20 levels"),
        ("tolower(" * 21 + "name" + ")" * 21 + " eq 'a'", "nested more than 20 levels"),
    ],
)
def test_size_and_depth_are_capped(text: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        read(text)


def test_the_largest_filters_are_read_at_once() -> None:
    nested = "late"
    for _ in range(MOST_DEPTH):
        nested = f"({nested} and late)"
    assert isinstance(read(nested), Junction)
    assert isinstance(read(" or ".join(["late"] * (MOST_WORDS // 2))), Junction)


def test_without_the_cap_depth_exhausts_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_DEPTH", 10**6)
    monkeypatch.setattr(parsing, "MOST_WORDS", 10**6)
    with pytest.raises(RecursionError):
        read("(" * 2_000 + "late" + ")" * 2_000)


WORDS = [*KINDS, "eq", "in", "and", "or", "not", "(", ")", ",", "'a'", "5", "null", "contains("]


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=15).map(" ".join))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    with suppress(FilterError):
        read(text)
