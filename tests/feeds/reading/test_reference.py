"""Reference feeds: one series per row of thousands of columns."""

from pathlib import Path
from typing import Any

import pytest

from metrics.feeds.mapping import MappingError, parse_mapping

from .reports import Report, read_bytes

MAPPING: dict[str, Any] = {
    "code": "training",
    "reference": {"unpivot": True, "series": "V1", "decimals": 2},
}


def read(tmp_path: Path, content: str, **changes: Any) -> Report:
    return read_bytes(tmp_path, content, mapping=MAPPING, kpis={}, **changes)


def test_values_come_in_order_without_the_empty_cells_at_the_end(tmp_path: Path) -> None:
    report = read(tmp_path, 'V1,V2,V3,V4\n"H1","1.5","2","3.25"\nH2,4,,\nH3,,,\n')
    assert [(row["series"], row["values"]) for row in report.rows] == [
        ("H1", [150, 200, 325]),
        ("H2", [400]),
        ("H3", []),
    ]


@pytest.mark.parametrize(
    ("line", "rule", "column"),
    [
        ("H1,1,,3", "missing", "V3"),
        ("H1,1,2.125,3", "decimals", "V3"),
        ("H1,1,2,x", "number", "V4"),
        (",1,2,3", "identity", "V1"),
        ("H0,4,5,6", "twice", "V1"),
        (f"{'H' * 101},1,2,3", "series", "V1"),
        ("H1,1,2", "fields", ""),
        ("H1,1,2,3,4", "fields", ""),
    ],
)
def test_a_bad_cell_sets_its_series_aside(
    tmp_path: Path, line: str, rule: str, column: str
) -> None:
    report = read(tmp_path, f"V1,V2,V3,V4\nH0,1,2,3\n{line}\nH9,7,8,9\n")
    assert report.rules == {3: rule}
    assert report.aside[0]["column"] == column
    assert [row["series"] for row in report.rows] == ["H0", "H9"]
    assert report.rows[1]["values"] == [700, 800, 900]


def test_a_series_that_stood_in_an_earlier_chunk_is_set_aside(tmp_path: Path) -> None:
    report = read(tmp_path, "V1,V2\nH0,1\nH1,2\nH0,3\n", chunk_rows=1)
    assert len(report.chunks) == 3
    assert report.rules == {4: "twice"}


def test_wide_tables_pass_the_column_cap_of_other_feeds(tmp_path: Path) -> None:
    names = ",".join(f"V{n}" for n in range(1, 12_002))
    report = read(tmp_path, names + "\nH1" + ",1.5" * 12_000 + "\n")
    assert len(report.rows[0]["values"]) == 12_000


def test_chunks_of_wide_tables_hold_fewer_rows(tmp_path: Path) -> None:
    names = ",".join(f"V{n}" for n in range(1, 10_002))
    content = names + "\n" + "".join(f"H{n}" + ",1" * 10_000 + "\n" for n in range(120))
    report = read(tmp_path, content)
    assert [chunk.read for chunk in report.chunks] == [49, 49, 22]


def test_only_csv_holds_reference_data() -> None:
    with pytest.raises(MappingError, match="read from CSV"):
        parse_mapping({**MAPPING, "format": {"type": "json"}})
