"""A mapping against the KPIs there are."""

from typing import Any

import pytest

from metrics.feeds.mapping import KpiSpec, MappingError, compile_mapping, parse_mapping

RATIO = {"good": "a", "valid": "b"}
DURATION = {"value": "value", "from": "a", "to": "b", "weight": "b"}
EITHER = (frozenset({"value"}), frozenset({"from", "to"}))

CATALOGUE = {
    "desk-sla": KpiSpec(1, roles=RATIO, share=True),
    "red-sla": KpiSpec(2, roles=RATIO, share=True),
    "resolve": KpiSpec(3, roles=DURATION, required=EITHER),
    "tickets": KpiSpec(4),
    "smape": KpiSpec(5, roles={"forecast": "a", "actual": "b", "series": "series"}),
    "due-sla": KpiSpec(6, time="due", roles=RATIO),
    "outages": KpiSpec(7, roles={"ends": "ends_at"}, required=(frozenset({"ends"}),)),
}


def mapping(*targets: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "code": "desk",
        "identity": ["id"],
        "times": {"finished": "closed", "opened": "opened"},
        "targets": list(targets),
        **changes,
    }


@pytest.mark.parametrize(
    "target",
    [
        {"kpi": "desk-sla", "good": "ok", "valid": 1},
        {"kpi": "{id}-sla", "good": "ok", "valid": 1},
        {"kpi": "{id}", "codes": {"R": "red-sla"}, "good": "ok", "valid": 1},
        {"kpi": "resolve", "value": "hours"},
        {"kpi": "resolve", "value": "hours", "weight": "n"},
        {"kpi": "resolve", "from": "opened", "to": "finished"},
        {"kpi": "tickets"},
        {"kpi": "smape", "forecast": "f", "actual": "a"},
        {"kpi": "smape", "forecast": "f", "actual": "a", "series": "s"},
        {"kpi": "outages", "ends": "finished"},
    ],
)
def test_a_target_that_fits_its_kpi_compiles(target: dict[str, Any]) -> None:
    compile_mapping(parse_mapping(mapping(target)), CATALOGUE)


@pytest.mark.parametrize(
    ("target", "path", "words"),
    [
        ({"kpi": "desk-slo", "good": 1, "valid": 1}, "targets[0].kpi", "did you mean 'desk-sla'?"),
        ({"kpi": "{id}-late", "valid": 1}, "targets[0].kpi", "matches no KPI"),
        ({"kpi": "{id}", "codes": {"R": "rod-sla"}}, "targets[0].kpi", "matches no KPI"),
        ({"kpi": "desk-sla", "good": 1}, "targets[0]", "needs good, valid, and has good"),
        ({"kpi": "desk-sla", "value": 1}, "targets[0].value", "no role of this name"),
        ({"kpi": "resolve", "from": "opened"}, "targets[0]", "needs value or from, to"),
        ({"kpi": "tickets", "value": "x"}, "targets[0].value", "no role of this name"),
        ({"kpi": "due-sla", "good": 1, "valid": 1}, "times", "goes by the time 'due'"),
        (
            {"kpi": "resolve", "from": "opened", "to": "finished", "weight": "n"},
            "targets[0]",
            "to and weight at once",
        ),
        (
            {"kpi": "{id}", "codes": {"R": "tickets", "S": "red-sla"}, "good": 1, "valid": 1},
            "targets[0].good",
            "KPI 'tickets' has no role",
        ),
    ],
)
def test_a_target_that_does_not_fit_says_what_the_kpi_needs(
    target: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(MappingError) as caught:
        compile_mapping(parse_mapping(mapping(target)), CATALOGUE)
    assert caught.value.problems[0].path == path
    assert words in str(caught.value.problems[0])


@pytest.mark.parametrize("revision", ["by_delivery", "immutable", None])
def test_a_kpi_that_can_change_needs_a_revision_column(revision: str | None) -> None:
    moving = mapping({"kpi": "{team}-sla", "good": 1, "valid": 1}, revision=revision)
    with pytest.raises(MappingError, match="declare a revision column"):
        compile_mapping(parse_mapping(moving), CATALOGUE)
    moving["revision"] = "version"
    compile_mapping(parse_mapping(moving), CATALOGUE)


def test_all_targets_are_judged_before_anything_is_said() -> None:
    broken = mapping({"kpi": "nope"}, {"kpi": "desk-sla"}, {"kpi": "{x}-zzz"})
    with pytest.raises(MappingError) as caught:
        compile_mapping(parse_mapping(broken), CATALOGUE)
    assert {p.path for p in caught.value.problems} == {
        "targets[0].kpi", "targets[1]", "targets[2].kpi", "revision",
    }  # fmt: skip
