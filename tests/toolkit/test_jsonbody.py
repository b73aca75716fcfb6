"""JSON with one meaning, or a sentence that says why not."""

import json
from decimal import Decimal
from io import BytesIO
from time import monotonic

import pytest
from django.core.exceptions import RequestDataTooBig

from kpotracker.toolkit.jsonbody import (
    MOST_DEPTH,
    MOST_DIGITS,
    StrictJSONParser,
    UnreadableJSONError,
    read_json,
)
from kpotracker.toolkit.problems import InvalidInputError


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b'{"a": [1, -2, true, null, "x"]}', {"a": [1, -2, True, None, "x"]}),
        (b'"00123"', "00123"),
        (b"12345678901234567890", 12345678901234567890),
        (b"9" * MOST_DIGITS, int("9" * MOST_DIGITS)),
        (b'"\\ud83d\\ude00"', "😀"),
        ("\ufeff[1]".encode(), [1]),
        (b"1e308", 1e308),
        (b"0.0e-999", 0.0),
        (b"[" * MOST_DEPTH + b"1" + b"]" * MOST_DEPTH, None),
    ],
)
def test_json_is_read(raw: bytes, value: object) -> None:
    read = read_json(raw)
    assert value is None or read == value


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not JSON at line 1, column 1"),
        (b'{"a": 1,}', "not JSON at line 1, column 9"),
        (b'{"a": 1}\n{"b": 2}', "not JSON at line 2, column 1"),
        (b'{"a": 1, "b": 2, "a": 1}', "'a' is stated twice"),
        (b'{"a": {"b": 1, "b": 1}}', "'b' is stated twice"),
        (b'{"a": 1, "\\u0061": 2}', "'a' is stated twice"),
        (b"NaN", "NaN is not JSON"),
        (b"[Infinity]", "Infinity is not JSON"),
        (b"-Infinity", "-Infinity is not JSON"),
        (b"1e309", "'1e309' is beyond"),
        (b"-1e309", "'-1e309' is beyond"),
        (b"1e-400", "'1e-400' is beyond"),
        (b"0." + b"1" * 5_000, "is beyond"),
        (b"9" * 5_000, "5000 digits"),
        (b"-" + b"9" * 5_000, "5000 digits"),
        (b'"caf\xe9"', "Byte 5 is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'["\\u0000"]', "holds a NUL"),
        (b'{"a\\u0000": 1}', "holds a NUL"),
        (b'"\x00"', "not JSON"),
        (b'"\\ud800"', "half of a surrogate pair"),
        (b'{"\\udfff": 1}', "half of a surrogate pair"),
        (b"[" * (MOST_DEPTH + 1) + b"1" + b"]" * (MOST_DEPTH + 1), "nested more than"),
        (b"[" * 100_000, "nested more than"),
        (b'{"a":' * 100_000, "nested more than"),
    ],
)
def test_json_without_one_meaning_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableJSONError, match=said):
        read_json(raw)


def test_a_number_keeps_the_digits_that_were_sent() -> None:
    (read,) = read_json(b"[1234567890123456.70]")
    assert Decimal(str(read)) == Decimal("1234567890123456.70")
    assert json.dumps(read) == json.dumps(float("1234567890123456.70"))


def test_a_name_that_stands_twice_among_many_is_found_at_once() -> None:
    """Time grows with the size of a body, not with its square."""
    names = ",".join(f'"n{number}":0' for number in range(200_000))
    begun = monotonic()
    with pytest.raises(UnreadableJSONError, match="'last' is stated twice"):
        read_json(f'{{{names},"last":0,"last":0}}'.encode())
    assert monotonic() - begun < 5


class TestParser:
    def test_it_refuses_a_body_that_is_too_long(self, settings) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
        assert StrictJSONParser().parse(BytesIO(b'{"a": 100}')) == {"a": 100}
        with pytest.raises(RequestDataTooBig):
            StrictJSONParser().parse(BytesIO(b'{"a": 1000}'))

    def test_it_answers_with_a_problem_of_the_body(self) -> None:
        with pytest.raises(InvalidInputError) as raised:
            StrictJSONParser().parse(BytesIO(b"NaN"))
        (error,) = raised.value.errors
        assert (error.code, error.pointer) == ("json", "#")
