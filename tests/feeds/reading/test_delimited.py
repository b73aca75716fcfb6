"""CSV as it arrives: which files are refused, which rows are set aside, and what is read."""

import codecs
import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.feeds.reading import Limits

from .reports import HEADER, MAPPING, ROW, read_bytes

SEMICOLONS = {"type": "csv", "delimiter": ";"}
SMALL = Limits(line=100_000, fld=1_000)


def line(id_: str = "A1", at: str = "2026-03-01T10:00:00Z", n: str = "1.5") -> str:
    return f"{id_},{at},{n}\n"


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (HEADER + ROW, "OK"),
        (HEADER + ROW.strip(), "OK"),
        ((HEADER + ROW).replace("\n", "\r\n"), "OK"),
        (codecs.BOM_UTF8 + (HEADER + ROW).encode(), "OK"),
        ((HEADER + ROW).encode("utf-16"), "OK"),
        (" id , at,n \n" + ROW, "OK"),
        (HEADER, "OK"),
        ("extra," + HEADER + "x," + ROW, "OK"),
        (HEADER + line('"A\r\n1"'), "OK"),
        (HEADER + line('"A ""1"""'), "OK"),
        (HEADER + line('A 5" pipe'), "OK"),
        (HEADER + line('A"" pipe') + line('"B"'), "OK"),
        (HEADER + ROW + "\n\n" + line("A2") + "\n", "OK"),
        ("", "FILE empty"),
        (codecs.BOM_UTF8, "FILE empty"),
        (codecs.BOM_UTF16_LE, "FILE empty"),
        ("\n" + HEADER, "FILE header"),
        ("id,at,n,\n" + ROW, "FILE header"),
        ("id,at,n,n\nA,2026-03-01,1,2\n", "FILE header"),
        ("id,at,m\n" + ROW, "FILE columns"),
        ("# made by tool\n" + HEADER + ROW, "FILE columns"),
        ("id;at;n\nA1;2026-03-01;1,5\n", "FILE columns"),
        (HEADER + line("Zürich").encode("latin-1").decode("latin-1"), "OK"),
        ((HEADER + line("Zürich")).encode("latin-1"), "FILE encoding"),
        ((HEADER + line("Zürich")).encode() + line("Genève").encode("latin-1"), "FILE encoding"),
        ((HEADER + ROW).encode() + b"\xc3", "FILE encoding"),
        (HEADER + line("A\0B"), "ROW nul"),
        (HEADER + ROW + line("A2", n="1,2") + line("A3"), "ROW fields"),
        (HEADER + ROW + "A2,2026-03-01\n" + line("A3"), "ROW fields"),
        (HEADER + ROW + "A2\n" + line("A3"), "ROW fields"),
        (HEADER + "".join(line(str(n), n="1,2") for n in range(5)) + ROW, "FILE fields"),
        (HEADER + line('"A1'), "FILE quote"),
        (HEADER + line('"A1') + line('"A2"'), "FILE quote"),
        (HEADER + line('"A"1') + ROW, "FILE quote"),
        (HEADER + line("x" * 2_000) + ROW, "ROW length"),
        (HEADER + "x" * 200_000, "FILE line"),
        (HEADER.replace("\n", "\r") + ROW, "FILE line"),
        ("<!DOCTYPE html><html>Log in</html>", "FILE kind"),
        ("  <html><body>Error</body></html>", "FILE kind"),
        (b"PK\x03\x04" + b"x" * 100, "FILE kind"),
        (b"PAR1" + b"\0" * 100, "FILE kind"),
        (b"ARROW1\0\0" + b"x" * 100, "FILE kind"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "FILE kind"),
        (HEADER + line(at="03/04/2026"), "FILE time_format"),
        (HEADER + line(at="2026-02-29"), "ROW time_calendar"),
        (HEADER + line(at="1700000000"), "ROW time_format"),
        (HEADER + line(at="45000"), "ROW time_format"),
        (HEADER + line(n="1e5"), "ROW number"),
    ],
)
def test_each_file_gets_its_verdict(tmp_path: Path, content: bytes | str, verdict: str) -> None:
    report = read_bytes(tmp_path, content, limits=SMALL)
    assert report.verdict == verdict
    if report.rejected is not None:
        assert report.rejected.message
        assert report.rejected.hint
        assert not report.rows


def test_ten_thousand_and_one_columns_are_too_many(tmp_path: Path) -> None:
    wide = ",".join(["id", "at", "n", *(f"c{n}" for n in range(9_998))])
    assert read_bytes(tmp_path, wide + "\n").verdict == "FILE columns"
    enough = ",".join(["id", "at", "n", *(f"c{n}" for n in range(9_997))])
    assert read_bytes(tmp_path, enough + "\n").verdict == "OK"


def test_a_header_without_rows_is_sound_and_warned_of(tmp_path: Path) -> None:
    report = read_bytes(tmp_path, HEADER)
    assert report.structure is not None
    assert report.structure.rows == 0
    assert "no rows" in report.structure.warnings[0]


def test_blank_lines_are_counted_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    content = HEADER + "\n" + line('"A\n\n1"') + "\r\n" + line("A2", n="x") + line("A3")
    report = read_bytes(tmp_path, content)
    assert report.structure is not None
    assert (report.structure.rows, report.structure.blank) == (3, 2)
    assert report.column("line") == [3, 8]
    assert report.rules == {7: "number"}


def test_the_refusal_of_an_encoding_names_the_byte(tmp_path: Path) -> None:
    content = (HEADER + line("Zürich")).encode() + line("Genève").encode("latin-1")
    report = read_bytes(tmp_path, content)
    assert report.rejected is not None
    assert f"offset {content.index(b'Gen') + 3}" in report.rejected.message


def test_a_refused_header_lists_what_was_seen_and_the_likely_delimiter(tmp_path: Path) -> None:
    report = read_bytes(tmp_path, "id;at;n\nA;2026-03-01;1\n")
    assert report.rejected is not None
    assert "'id', 'at', 'n' not found in line 1; columns seen: 'id;at;n'" in report.rejected.message
    assert 'declare delimiter: ";"' in report.rejected.hint


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (SEMICOLONS, "id;at;n\nA;2026-03-01;1.5\n"),
        ({**SEMICOLONS, "decimal": ","}, "id;at;n\nA;2026-03-01;1,5\n"),
        ({"header_row": 3}, "# made by tool\n\nid,at,n\nA,2026-03-01,1.5\n"),
        ({"encoding": "latin-1"}, "id,at,n\nZürich,2026-03-01,1.5\n".encode("latin-1")),
        ({"delimiter": "\t"}, "id\tat\tn\nA\t2026-03-01\t1.5\n"),
    ],
)
def test_what_is_declared_is_read(
    tmp_path: Path, form: dict[str, Any], content: bytes | str
) -> None:
    report = read_bytes(tmp_path, content, format=form)
    assert report.verdict == "OK"
    assert report.column("t0_value") == [150]


def test_rows_and_counts_agree_whatever_is_set_aside(tmp_path: Path) -> None:
    bad = {3: "x", 7: "1,2", 11: "", 500: "\0", 501: "1.234"}
    content = HEADER + "".join(line(f"A{n}", n=bad.get(n, "1")) for n in range(1, 1001))
    report = read_bytes(tmp_path, content, chunk_rows=100)
    assert [chunk.read for chunk in report.chunks] == [100] * 10
    assert report.done is not None
    assert report.done.read == 1000 == len(report.rows) + len(report.aside)
    assert report.rules == {
        4: "number", 8: "fields", 12: "missing", 501: "nul", 502: "decimals",
    }  # fmt: skip


def test_chunks_of_a_longer_delivery_begin_as_those_of_the_shorter(tmp_path: Path) -> None:
    rows = [line(f"A{n}", n="x" if n % 7 == 0 else "1") for n in range(500)]
    short = read_bytes(tmp_path, HEADER + "".join(rows[:250]), chunk_rows=100)
    long = read_bytes(tmp_path, HEADER + "".join(rows), chunk_rows=100)
    counts = [(chunk.read, chunk.quarantined) for chunk in long.chunks]
    assert [(chunk.read, chunk.quarantined) for chunk in short.chunks][:2] == counts[:2]
    assert len(counts) == 5
    assert short.rows == long.rows[: len(short.rows)]


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(fields, fields), min_size=1, max_size=12), st.sampled_from(",;\t|"))
def test_whatever_the_csv_module_writes_reads_back(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["id", "note", "n"])
    # a visible mark keeps every id present
    writer.writerows([(f"_{first}", second, "1") for first, second in rows])
    mapping = MAPPING | {
        "identity": ["id", "note"],
        "times": {"finished": {"fixed": "2026-01-01T00:00:00Z"}},
        "format": {"type": "csv", "delimiter": delimiter},
    }
    with tempfile.TemporaryDirectory() as folder:
        report = read_bytes(Path(folder), buffer.getvalue(), mapping=mapping)
    assert report.rejected is None
    kept = [f"_{first} / {second}" for first, second in rows if second]
    assert report.column("ref") == kept
    assert len(report.aside) == len(rows) - len(kept)


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', ",", "\n", "\r\n", "a", "é"]), max_size=30))
def test_a_sound_text_has_the_rows_of_the_csv_module(pieces: list[str]) -> None:
    text = "id,n\n" + "".join(pieces)
    mapping = MAPPING | {
        "times": {"finished": {"fixed": "2026-01-01T00:00:00Z"}},
        "targets": [{"kpi": "hours", "value": 1}],
        "identity": ["id"],
    }
    with tempfile.TemporaryDirectory() as folder:
        report = read_bytes(Path(folder), text, mapping=mapping)
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
    if report.rejected is not None:
        assert report.rejected.rule in ("quote", "fields")
        return
    assert report.structure is not None
    assert report.structure.rows == len(rows)
    assert report.column("ref") == [row[0] for row in rows if len(row) == 2 and row[0]]
