"""The expression language: what parses, what is refused, and that printing loses nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.feeds.mapping.grammar import ExpressionError, parse_expression
from metrics.feeds.mapping.tree import (
    Binary,
    Call,
    Column,
    In,
    Negative,
    Node,
    Not,
    Number,
    Text,
    columns_of,
    to_text,
)

A, B = Column("a"), Column("b")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("a", A),
        ("mturk.given", Column("mturk.given")),
        ("`off-topic votes`", Column("off-topic votes")),
        ("`a``b`", Column("a`b")),
        ("1.50", Number("1.50")),
        ('"say \\"hi\\" \\\\"', Text('say "hi" \\')),
        ("a == b", Binary("==", A, B)),
        ('a != "x"', Binary("!=", A, Text("x"))),
        ("a + b * 2", Binary("+", A, Binary("*", B, Number("2")))),
        ("(a + b) * 2", Binary("*", Binary("+", A, B), Number("2"))),
        ("a - b - 1", Binary("-", Binary("-", A, B), Number("1"))),
        ("-a < 3", Binary("<", Negative(A), Number("3"))),
        ("not a == 1 and b == 2 or a == 3", parse_expression("((not a==1) and (b==2)) or (a==3)")),
        ('a in ("x", "y")', In(A, (Text("x"), Text("y")))),
        ("a not in (1, -2)", In(A, (Number("1"), Number("-2")), negated=True)),
        ("present(a) and missing(b)", Binary("and", Call("present", A), Call("missing", B))),
        ('lower(trim(a)) == "x"', Binary("==", Call("lower", Call("trim", A)), Text("x"))),
        ("percent(a) >= 99.9", Binary(">=", Call("percent", A), Number("99.9"))),
        ("present", Column("present")),
    ],
)
def test_source_parses_to_its_tree(source: str, tree: Node) -> None:
    assert parse_expression(source) == tree


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a = 1", "compare with =="),
        ("a == 'x'", "double quotes"),
        ('a == "x', "double quotes"),
        ("a && b", "write and, or, not"),
        ("1e5", "numbers are digits"),
        ("a ==", "expected at the end"),
        ("a b", "nothing more was expected"),
        ("eval(a)", "no function 'eval'"),
        ("__import__(a)", "no function"),
        ('a < "x"', "texts are compared with =="),
        ('1 == "x"', "compares a text with a number"),
        ('"x" + 1', "is a text"),
        ('a in ("x", 1)', "all texts or all numbers"),
        ("a in ()", 'a number or a "text" expected'),
        ("present(1)", "takes a column"),
        ("percent(1)", "takes a column"),
        ("and", "a column, a number"),
        ("a ; b", "not part of an expression"),
        ("(" * 60 + "a" + ")" * 60, "nested deeper"),
        ("not " * 60 + "a", "nested deeper"),
        ("-" * 60 + "a", "nested deeper"),
        ("a + " * 600 + "a", "longer than"),
    ],
)
def test_what_does_not_parse_says_where_and_why(source: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(source)
    assert reason in str(caught.value)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
columns = names.map(Column)
literals = st.from_regex(r"\A[0-9]{1,9}(\.[0-9]{1,4})?\Z").map(Number)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(Text)


def _choices(first: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    signed = st.builds(
        lambda sign, number: Number(sign + number.text), st.sampled_from(["", "-"]), literals
    )
    listed = st.lists(signed, min_size=1, max_size=3) | st.lists(texts, min_size=1, max_size=3)
    return st.builds(In, columns, listed.map(tuple), st.booleans())


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    textual = st.builds(Call, st.sampled_from(["lower", "trim"]), columns) | texts | columns
    return st.one_of(
        st.builds(Not, inner),
        st.builds(Negative, inner),
        st.builds(Call, st.sampled_from(["present", "missing", "percent", "abs"]), columns),
        st.builds(Binary, st.sampled_from(["and", "or", "+", "-", "*", "/"]), inner, inner),
        st.builds(Binary, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(Binary, st.sampled_from(["==", "!="]), textual, textual),
        _choices(inner),
    )


@settings(deadline=None)
@given(st.recursive(columns | literals, _grown, max_leaves=12))
def test_a_printed_tree_parses_to_itself(tree: Node) -> None:
    assert parse_expression(to_text(tree)) == tree


def test_columns_are_listed_in_order_of_appearance() -> None:
    assert list(columns_of(parse_expression("b > 1 and a in (2) or not present(b)"))) == [
        "b",
        "a",
        "b",
    ]
