"""Numbers: one strict rule, exact to the last digit, the same vectorised and one by one."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metrics.feeds.mapping.numbers import (
    LIMIT,
    Numbers,
    computed,
    parse,
    parse_one,
    percents,
    scaled,
)
from metrics.feeds.mapping.texts import texts_of


def read(values: list[str], decimal: str = ".") -> Numbers:
    return parse(texts_of(pa.array(values, pa.string())), decimal, "x")


def at_scale(value: str, scale: int, decimal: str = ".") -> int | str:
    """The stored number, or the rule it breaks."""
    numbers = scaled(read([value], decimal), scale)
    return int(numbers.data[0]) if numbers.ok[0] else numbers.faults[0].rule


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        ("0", 0, 0),
        ("-0", 0, 0),
        ("00123", 0, 123),
        ("11.0", 0, 11),
        ("11.00000000000000000000", 0, 11),
        ("11.5", 0, "decimals"),
        ("-1.25", 2, -125),
        ("-1.25", 1, "decimals"),
        ("0.1", 10, 10**9),
        ("1e5", 2, "number"),
        ("1E5", 2, "number"),
        ("1e-400", 2, "number"),
        ("1E+309", 2, "number"),
        ("0x1F", 2, "number"),
        ("nan", 2, "number"),
        ("NaN", 2, "number"),
        ("inf", 2, "number"),
        ("-inf", 2, "number"),
        ("+1", 2, "number"),
        ("--1", 2, "number"),
        ("-", 2, "number"),
        (".5", 2, "number"),
        ("5.", 2, "number"),
        (".", 2, "number"),
        ("1.2.3", 2, "number"),
        ("1,234", 2, "number"),
        ("1.234,5", 2, "number"),
        ("1 234,5", 2, "number"),
        ("1\u00a0234", 2, "number"),
        (" 1", 2, "number"),
        ("1 ", 2, "number"),
        ("1\n", 2, "number"),
        ("1_000", 2, "number"),
        ("٣", 2, "number"),
        ("１", 2, "number"),
        ("true", 2, "number"),
        ("NA", 2, "number"),
        ("99.9%", 2, "number"),
        ("9223372036854775807", 0, LIMIT),
        ("-9223372036854775807", 0, -LIMIT),
        ("9223372036854775808", 0, "range"),
        ("9223372036854775807", 1, "range"),
        ("922337203685477580.7", 1, LIMIT),
        ("12345678901234567890", 0, "range"),
        ("0000000000000000000000000000001", 0, 1),
        ("1." + "0" * 60, 0, 1),
        ("0." + "1" * 30, 2, "decimals"),
        ("1" * 65, 0, "number"),
    ],
)
def test_a_text_is_a_number_by_the_strict_rule_or_names_the_rule_it_breaks(
    value: str, scale: int, expected: int | str
) -> None:
    assert at_scale(value, scale) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1,5", 150), ("1.5", "number"), ("1.234,5", "number"), ("7", 700)]
)
def test_a_declared_decimal_comma_replaces_the_point(value: str, expected: int | str) -> None:
    assert at_scale(value, 2, ",") == expected


def test_ten_tenths_are_exactly_one() -> None:
    assert int(scaled(read(["0.1"] * 10), 1).data.sum()) == 10


def test_missing_texts_are_neither_numbers_nor_faults() -> None:
    numbers = parse(texts_of(pa.array(["1", "", "?", None, "2"]), pa.array(["?"])))
    assert numbers.ok.tolist() == [True, False, False, False, True]
    assert numbers.faults == ()


numberish = st.one_of(
    st.from_regex(r"\A-?[0-9]{1,22}(\.[0-9]{1,12})?\Z"),
    st.text("0123456789.,-+eE xnaif%", min_size=1, max_size=12),
    st.text(min_size=1, max_size=6),
)


def slow(value: str, scale: int) -> int | None:
    """The rule by re and Decimal alone."""
    if len(value) > 64 or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value, re.ASCII):
        return None
    exact = Fraction(Decimal(value)) * 10**scale
    return int(exact) if exact.denominator == 1 and abs(exact) <= LIMIT else None


@settings(deadline=None)
@given(st.lists(numberish, min_size=1, max_size=30), st.integers(0, 10))
@example(["0" * 20 + "1", "1"], 0)
def test_whole_columns_read_as_the_slow_rule_does(values: list[str], scale: int) -> None:
    clean = [value.encode("utf-8", "ignore").decode() or "0" for value in values]
    numbers = scaled(read(clean), scale)
    found = [int(data) if ok else None for data, ok in zip(numbers.data, numbers.ok, strict=True)]
    assert found == [slow(value, scale) for value in clean]
    faulty = {int(row) for fault in numbers.faults for row in np.flatnonzero(fault.rows)}
    assert faulty == {row for row, value in enumerate(found) if value is None}


@settings(deadline=None)
@given(st.lists(numberish, min_size=1, max_size=10))
def test_a_slice_of_a_column_reads_as_the_column_does(values: list[str]) -> None:
    clean = [value.encode("utf-8", "ignore").decode() or "0" for value in values]
    padded = pa.array(["xx", *clean, "9999999"], pa.string()).slice(1, len(clean))
    whole, part = read(clean), parse(texts_of(padded))
    assert part.ok.tolist() == whole.ok.tolist()
    assert part.data[part.ok].tolist() == whole.data[whole.ok].tolist()


plain = st.from_regex(r"\A-?[0-9]{1,19}(\.[0-9]{1,10})?\Z").filter(
    lambda t: parse_one(t) is not None
)


@settings(deadline=None)
@given(st.lists(st.tuples(plain, plain), min_size=1, max_size=8), st.sampled_from("+-*/"))
def test_arithmetic_is_exact_at_any_size(pairs: list[tuple[str, str]], operator: str) -> None:
    left, right = read([a for a, _ in pairs]), read([b for _, b in pairs])
    result = computed(operator, left, right)
    for row, (a, b) in enumerate(pairs):
        if not result.ok[row]:
            assert operator == "/" or not (left.ok[row] and right.ok[row])
            continue
        expected: Any = {
            "+": lambda x, y: x + y,
            "-": lambda x, y: x - y,
            "*": lambda x, y: x * y,
            "/": lambda x, y: x / y,
        }[operator](Fraction(Decimal(a)), Fraction(Decimal(b)))
        assert result.fractions()[row] == expected


def test_division_by_zero_is_a_fault_of_its_row() -> None:
    result = computed("/", read(["1", "2"]), read(["0", "4"]))
    assert [fault.rule for fault in result.faults] == ["division"]
    assert result.ok.tolist() == [False, True]


def test_percent_takes_the_sign_off_and_refuses_a_number_without_one() -> None:
    numbers = scaled(percents(texts_of(pa.array(["99.9%", "99.9", "%", ""])), ".", "x"), 1)
    assert numbers.ok.tolist() == [True, False, False, False]
    assert numbers.data[0] == 999
    assert sorted(fault.rule for fault in numbers.faults) == ["number", "percent"]
