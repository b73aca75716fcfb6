"""From YAML to exact values that know their line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.portfolio.reader import MAX_DEPTH, read_paths, read_text


def values(text: str) -> dict:
    document, problems = read_text("a.yaml", text)
    assert problems == []
    return document.data


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("95", 95),
        ("-5", -5),
        ("99.50", Decimal("99.50")),
        ("0.1", Decimal("0.1")),
        ("00123", "00123"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("9:30", "9:30"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03", "2026-03"),
        ('"2026-03-31"', "2026-03-31"),
        ("'95'", "95"),
    ],
)
def test_a_plain_value_is_read_as_it_is_meant(written: str, value: object) -> None:
    found = values(f"key: {written}")["key"]
    assert found == value
    assert type(found) is type(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, max_value=10**9, min_value=0))
def test_a_decimal_keeps_every_digit_and_never_becomes_a_float(number: Decimal) -> None:
    found = values(f"key: {number:f}")["key"]
    assert (type(found), f"{found:f}") == (Decimal, f"{number:f}")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\na: 2\n", 2, "'a' stands here twice, first in line 1"),
        ("a:\n  - b: 1\n    b: 2\n", 3, "'b' stands here twice, first in line 2"),
        ("a: &x [1]\nb: *x\n", 1, "an alias (*name) is not read"),
        ("a: !!python/name:os.system ''\n", 1, "has the tag"),
        ("a: 2026-02-30\n", 1, "2026-02-30 is not a day of the calendar"),
        ('a: "x\\0y"\n', 1, "has a control character"),
        ("- a\n", 1, "a portfolio file is a mapping"),
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("a:\n\t- b: 1\n", 2, "not valid YAML: a tab stands in the indentation"),
        ("a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), 1, "nested more than"),
        ("a: " + "[" * 100_000, 1, "nested more than"),
    ],
)
def test_what_yaml_allows_and_a_portfolio_does_not_is_refused(
    text: str, line: int, message: str
) -> None:
    _, problems = read_text("a.yaml", text)
    assert [(found.line, message in found.message) for found in problems] == [(line, True)]
    assert problems[0].hint


def test_aliases_do_not_explode() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    _, problems = read_text("a.yaml", "\n".join(lines))
    assert len(problems) == 78


def test_every_key_and_item_knows_its_line() -> None:
    document, _ = read_text("a.yaml", "a:\n  - b: 1\n    c:\n\n      d: 2\n  - 3\n")
    assert document.line(("a", 0, "c", "d")) == 5
    assert document.line(("a", 1)) == 6
    assert document.line(("a", 0, "missing")) == 2


def test_folders_are_read_recursively_and_sorted(tmp_path) -> None:
    (tmp_path / "z.yml").write_text("vendors: []")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.yaml").write_text("vendors: []")
    (tmp_path / "notes.txt").write_text("not read")
    documents, problems = read_paths([tmp_path, tmp_path / "z.yml"])
    assert [document.file for document in documents] == [
        str(tmp_path / "b" / "c.yaml"),
        str(tmp_path / "z.yml"),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.yaml", None, "no portfolio file is here"),
        ("latin.yaml", "name: Müller".encode("latin-1"), "byte 7 is not UTF-8"),
        ("large.yaml", b"#" * 5_000_001, "the file is too large"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, content, message) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    _, problems = read_paths([tmp_path / name])
    assert [(found.file, found.message) for found in problems] == [(str(tmp_path / name), message)]


def test_a_byte_order_mark_is_no_text(tmp_path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfvendors: []")
    documents, _ = read_paths([tmp_path])
    assert documents[0].data == {"vendors": []}
