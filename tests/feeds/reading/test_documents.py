"""JSON documents and JSON lines: strict, exact, nested by dots."""

import json
from pathlib import Path
from typing import Any

import pytest

from metrics.feeds.reading import Limits

from .reports import MAPPING, read_bytes

JSON, LINES = {"type": "json"}, {"type": "ndjson"}
GOOD = '{"id": "A1", "at": "2026-03-01", "n": 1.5}'


def with_n(n: str) -> str:
    return GOOD.replace("1.5", n)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (f"[{GOOD}]", "OK"),
        (b"\xef\xbb\xbf[" + GOOD.encode() + b"]", "OK"),
        ("[]", "FILE empty"),
        ("null", "FILE json"),
        ("", "FILE empty"),
        (GOOD, "FILE json"),
        ('{"data": {"rows": [1]}}', "FILE json"),
        (f"[{GOOD},]", "FILE json"),
        (f"[{GOOD}", "FILE json"),
        (f"[{GOOD}] x", "FILE json"),
        (f"[{with_n('NaN')}]", "FILE json"),
        (f"[{with_n('Infinity')}]", "FILE json"),
        (f"[{with_n('1e309')}]", "FILE json"),
        (f"[{with_n('9' * 5000)}]", "FILE json"),
        (f'[{{"id": "a", {GOOD[1:]}]', "FILE json"),
        (f"[{with_n('1')[:-1]}, " + '"x": "\\u0000"}]', "FILE json"),
        (f"[{GOOD}]".encode() + b"\xff", "FILE encoding"),
        ("[" * 100_000, "FILE json"),
        ("<rows/>", "FILE json"),
        ("<?xml version='1.0'?><rows/>", "FILE kind"),
        ("[1, 2]", "FILE json"),
        (f"[{GOOD}, 7]", "ROW json"),
        ('[{"id": "A1", "at": "2026-03-01"}]', "FILE columns"),
        (f'[{GOOD}, {{"id": "A2", "at": "2026-03-01"}}]', "ROW missing"),
        (f"[{with_n('null')}]", "ROW missing"),
        (f"[{with_n('true')}]", "ROW number"),
        (f"[{with_n('1e2')}]", "ROW number"),
        (f"[{with_n('[1]')}]", "ROW json"),
        (f"[{with_n('1.555')}]", "ROW decimals"),
        ('[{"id": "\\ud800", "at": "2026-03-01", "n": 1}]', "ROW json"),
    ],
)
def test_each_document_gets_its_verdict(tmp_path: Path, content: bytes | str, verdict: str) -> None:
    assert read_bytes(tmp_path, content, format=JSON).verdict == verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (f"{GOOD}\n{GOOD}\n", "OK"),
        (f"{GOOD}\r\n\n{GOOD}", "OK"),
        (f"{GOOD}\n{{broken\n{GOOD}\n", "ROW json"),
        (f"{GOOD}\n{with_n('NaN')}\n", "ROW json"),
        (f"{GOOD}\n[{GOOD}]\n", "ROW json"),
        (f"[\n{GOOD},\n]\n", "ROW json ROW json ROW json"),
        (f"[{GOOD}]", "FILE json"),
        ("\n\n", "FILE empty"),
        ("x" * 200_000, "FILE line"),
        ("<html></html>", "FILE kind"),
        (f"{GOOD}\n" + with_n('"\\u0000"'), "ROW nul"),
    ],
)
def test_each_file_of_lines_gets_its_verdict(tmp_path: Path, content: str, verdict: str) -> None:
    limits = Limits(line=100_000)
    found = read_bytes(tmp_path, content, format=LINES, limits=limits).verdict
    assert found == (verdict if verdict.count("json") < 3 else "FILE json")


def test_a_bad_line_names_its_number_and_the_reason(tmp_path: Path) -> None:
    report = read_bytes(tmp_path, f"{GOOD}\n\n{{broken\n", format=LINES)
    assert report.rules == {3: "json"}
    assert "character 2" in report.aside[0]["message"]


@pytest.mark.parametrize("form", [JSON, LINES])
def test_texts_and_numbers_stay_as_they_are_written(tmp_path: Path, form: dict[str, Any]) -> None:
    records = [
        '{"id": 12345678901234567890, "at": "2026-03-01", "n": 0.10}',
        '{"id": "00123", "at": "2026-03-01", "n": "1.0"}',
    ]
    content = "\n".join(records) if form is LINES else f"[{','.join(records)}]"
    report = read_bytes(tmp_path, content, format=form)
    assert report.column("ref") == ["12345678901234567890", "00123"]
    assert report.column("t0_value") == [10, 100]
    assert report.column("line") == [1, 2]


def test_nested_values_are_reached_by_dots_and_records_by_their_path(tmp_path: Path) -> None:
    nested = {
        "meta": {},
        "data": {"rows": [{"who": {"id": "A"}, "n.m": 2, "votes": {"off-topic": 3}}]},
    }
    mapping = MAPPING | {
        "identity": ["who.id"],
        "times": {"finished": {"fixed": "2026-01-01T00:00:00Z"}},
        "targets": [{"kpi": "hours", "value": "n.m + `votes.off-topic`"}],
    }
    content = json.dumps(nested)
    report = read_bytes(tmp_path, content, mapping=mapping, format={**JSON, "records": "data.rows"})
    assert report.column("t0_value") == [500]
    unmapped = read_bytes(tmp_path, content, mapping=mapping, format=JSON)
    assert unmapped.rejected is not None
    assert "records: data.rows" in unmapped.rejected.hint


def test_a_document_over_the_cap_is_refused(tmp_path: Path) -> None:
    report = read_bytes(tmp_path, f"[{GOOD}]", format=JSON, limits=Limits(document=10))
    assert report.verdict == "FILE limits"
    assert report.rejected is not None
    assert "ndjson" in report.rejected.hint
