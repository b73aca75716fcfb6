"""The mapping shape: all problems at once, each with its path and the way out."""

from typing import Any

import pytest

from metrics.feeds.mapping import MappingError, parse_mapping
from metrics.feeds.mapping.calendar import microseconds


def desk(**changes: Any) -> dict[str, Any]:
    """A sound mapping with some keys replaced; None removes one."""
    made: dict[str, Any] = {
        "code": "service-desk",
        "format": {"type": "csv"},
        "missing": ["?"],
        "zone": "UTC",
        "identity": ["number"],
        "revision": "version",
        "times": {"finished": {"column": "closed_at", "format": "%d/%m/%Y %H:%M"}},
        "codes": {"groups": {"Group 70": "group-70"}},
        "targets": [{"kpi": "desk-sla", "good": 'made_sla == "true"', "valid": 1}],
    }
    return {key: value for key, value in (made | changes).items() if value is not None}


def test_a_sound_mapping_is_read_whole() -> None:
    mapping = parse_mapping(
        desk(
            where='state == "Closed"',
            targets=[
                {"kpi": "desk-sla", "good": 'made_sla == "true"', "valid": 1},
                {
                    "kpi": "{group}-sla",
                    "codes": "groups",
                    "if_missing": "skip",
                    "good": 1,
                    "valid": 1,
                },
            ],
        )
    )
    assert mapping.kpi_codes == ("desk-sla",)
    assert mapping.revision_mode == "column"
    assert mapping.required_columns == [
        "number", "version", "state", "closed_at", "made_sla", "group",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"fomat": {}}, "fomat", "did you mean 'format'?"),
        ({"code": "no good"}, "code", "is not a code"),
        ({"code": None}, "code", "is missing"),
        ({"zone": "Mars/Olympus"}, "zone", "not an IANA time zone"),
        ({"identity": None}, "identity", "is missing"),
        ({"identity": "number"}, "identity", "not a list of texts"),
        ({"identity": ["a", "a"]}, "identity", "twice"),
        ({"targets": []}, "targets", "is empty"),
        ({"targets": {}}, "targets", "not a list"),
        ({"format": {"type": "xls"}}, "format.type", "is not one of csv, xlsx"),
        ({"format": {"type": "xlsx", "delimiter": ";"}}, "format.delimiter", "means nothing"),
        ({"format": {"type": "csv", "sheet": "A"}}, "format.sheet", "means nothing"),
        ({"format": {"delimeter": ";"}}, "format.delimeter", "did you mean 'delimiter'?"),
        ({"format": {"header_row": 0}}, "format.header_row", "whole number from 1"),
        ({"format": {"decimal": ","}}, "format", "both delimiter and decimal sign"),
        ({"times": {"finished": {}}}, "times.finished", "a column or a fixed time"),
        (
            {"zone": None, "times": {"finished": {"column": "a", "format": "%d/%m/%Y"}}},
            "times.finished",
            "has no time zone and none is declared",
        ),
        ({"times": {"t": {"column": "a", "format": "%d/%m"}}}, "times.t.format", "exactly one of %d"),
        ({"times": {"t": {"column": "a", "format": "%d/%m/%Y %p"}}}, "times.t.format", "%p is not known"),
        ({"times": {"t": {"column": "a", "format": "dd.mm.yyyy"}}}, "times.t.format", "not a time format"),
        ({"times": {"t": {"fixed": "2018-06-01"}}}, "times.t.fixed", "no time zone"),
        ({"times": {"t": {"fixed": "soon"}}}, "times.t.fixed", "is not a time"),
        ({"targets": [{"kpi": "a", "god": "1"}]}, "targets[0].god", "did you mean 'good'?"),
        ({"targets": [{"kpi": "a", "good": "x = 1"}]}, "targets[0].good", "compare with =="),
        ({"targets": [{"kpi": "a", "good": True}]}, "targets[0].good", "write 1 or 0"),
        ({"targets": [{"kpi": "a", "good": '"x"'}]}, "targets[0].good", "text where a number"),
        ({"targets": [{"kpi": "{a-late", "valid": 1}]}, "targets[0].kpi", "unclosed"),
        ({"targets": [{"kpi": "a", "codes": "groups"}]}, "targets[0].codes", "no {column}"),
        ({"targets": [{"kpi": "{a}", "codes": "grups"}]}, "targets[0].codes", "'groups'?"),
        ({"targets": [{"kpi": "a", "from": "opened", "to": "finished"}]}, "targets[0].from", "not a time"),
        ({"targets": [{"kpi": "a", "if_missing": "ignore"}]}, "targets[0].if_missing", "not one of"),
        ({"codes": {"groups": {"a": 1}}}, "codes.groups.a", "is not a text"),
        ({"reference": {"unpivot": True, "series": "V1"}}, "targets", "has no targets"),
    ],
)  # fmt: skip
def test_each_problem_names_its_place_and_its_rule(
    changes: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(MappingError) as caught:
        parse_mapping(desk(**changes))
    assert [p.path for p in caught.value.problems] == [path]
    assert words in str(caught.value.problems[0])


def test_all_problems_come_in_one_error() -> None:
    broken = desk(code="?", zone="Nowhere", where="a =", surprise=1, identity=None)
    with pytest.raises(MappingError) as caught:
        parse_mapping(broken)
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {"code", "zone", "where", "surprise", "identity"}


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(MappingError, match="not a table"):
        parse_mapping([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "varies"),
    [
        ({}, False),
        ({"where": "a == 1"}, True),
        ({"targets": [{"kpi": "a", "when": "present(x)", "valid": 1}]}, True),
        ({"targets": [{"kpi": "a", "if_missing": "skip", "valid": 1}]}, True),
        ({"targets": [{"kpi": "{number}", "valid": 1}]}, False),
        ({"targets": [{"kpi": "{team}", "valid": 1}]}, True),
    ],
)
def test_targets_vary_where_another_version_may_report_elsewhere(
    changes: dict[str, Any], varies: bool
) -> None:
    assert parse_mapping(desk(**changes)).varies is varies


def test_a_fixed_time_is_an_instant_in_microseconds() -> None:
    mapping = parse_mapping(desk(times={"due": {"fixed": "2018-06-01T02:00:00+02:00"}}))
    from datetime import UTC, datetime

    assert mapping.times["due"].fixed_us == microseconds(datetime(2018, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("revision", "mode", "column"),
    [
        (None, "by_delivery", None),
        ("by_delivery", "by_delivery", None),
        ("immutable", "immutable", None),
        ("version", "column", "version"),
        ({"column": "version"}, "column", "version"),
        ({"column": "updated_at", "format": "iso"}, "column", "updated_at"),
    ],
)
def test_revision_is_a_column_or_a_rule(revision: Any, mode: str, column: str | None) -> None:
    mapping = parse_mapping(desk(revision=revision))
    assert (mapping.revision.mode, mapping.revision.column) == (mode, column)
