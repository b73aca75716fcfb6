"""What applying writes, and that it writes it once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Amendment, Calendar, Charge, Contract, Process, Vendor
from metrics.models import Feed, FeedKpi, FeedMapping, Kpi, KpiDefinition, ServiceLevel
from metrics.portfolio import Action, FieldChange, PortfolioError, apply
from metrics.portfolio.services.feeds import mapping_digest
from tests.portfolio.conftest import NOW, PORTFOLIO, Apply, with_change

pytestmark = pytest.mark.django_db
EVERYTHING = (
    *(Vendor, Calendar, Contract, Amendment, Charge, Process),
    *(Kpi, KpiDefinition, ServiceLevel, Feed, FeedMapping, FeedKpi),
)


def everything() -> list[tuple]:
    """All rows the portfolio writes, surrogate keys and stamps included."""
    return [row for model in EVERYTHING for row in model.objects.order_by("pk").values_list()]


def test_the_first_time_everything_is_created(apply_text: Apply) -> None:
    plan = apply_text(PORTFOLIO)
    assert plan.applied
    created = [(c.kind, c.code) for c in plan.changes if c.action is Action.CREATE]
    assert created == [
        ("vendor", "acme"),
        ("calendar", "office"),
        ("contract", "AC-MSA"),
        ("contract", "AC-1"),
        ("process", "claims"),
        ("KPI", "accuracy"),
        ("KPI", "speed"),
        ("feed", "decisions"),
    ]
    added = [c.code for c in plan.changes if c.action is Action.ADD_VERSION]
    assert added == [
        "AC-1 amendment 1",
        "AC-1 charges",
        "accuracy definition from 2024-10-01",
        "accuracy service level from 2024-10-01",
        "accuracy service level from 2025-10-01",
        "speed definition from 2024-10-01",
        "speed definition from 2026-01-15",
        "speed service level from 2024-10-01",
        "decisions mapping 1",
    ]


def test_numbers_dates_and_references_arrive_exactly(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    accuracy = Kpi.objects.get(code="accuracy")
    assert (accuracy.clause, accuracy.first_day, accuracy.last_day, accuracy.next_tick_at) == (
        "2.10",
        date(2024, 10, 1),
        None,
        NOW,
    )
    levels = accuracy.levels.values_list("valid_from", "amendment__number", "expected", "minimum")
    assert list(levels) == [
        (date(2024, 10, 1), None, Decimal(95), Decimal(90)),
        (date(2025, 10, 1), 1, Decimal(96), Decimal(91)),
    ]
    speed = ServiceLevel.objects.get(kpi__code="speed")
    assert speed.bands == [["good", None, "4"], ["slow", "4", "6.5"], ["bad", "6.5", None]]
    charges = Charge.objects.values_list("process__code", "first_day", "last_day", "amount_minor")
    assert sorted(charges, key=str) == sorted(
        [
            (None, date(2024, 10, 1), date(2024, 10, 31), 4200010),
            (None, date(2024, 11, 1), date(2024, 11, 30), 4200010),
            (None, date(2024, 12, 1), date(2024, 12, 31), 4200010),
            ("claims", date(2024, 10, 1), date(2024, 10, 31), 500),
        ],
        key=str,
    )
    assert set(Vendor.objects.values_list("managed_by", flat=True)) == {"portfolio"}


def test_a_later_definition_states_only_what_changes(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    fields = ("valid_from", "measure", "unit", "period", "anchor", "zone", "calendar__code")
    assert list(KpiDefinition.objects.filter(kpi__code="speed").values_list(*fields)) == [
        (
            date(2024, 10, 1),
            "mean",
            "hours",
            "quarter",
            date(2024, 10, 15),
            "Europe/Dublin",
            "office",
        ),
        (date(2026, 1, 15), "mean", "hours", "month", None, "Europe/Dublin", None),
    ]


def test_national_holidays_are_written_out_for_the_stated_years(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    days = Calendar.objects.get(code="office").holidays
    assert days == sorted(days)
    assert {"*-12-24", "2024-03-17", "2025-12-25"} <= set(days)
    assert {day[:4] for day in days} == {"*-12", "2024", "2025"}


def test_a_feed_keeps_its_mapping_and_what_it_can_reach(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    mapping = FeedMapping.objects.get()
    stated = yaml.safe_load(PORTFOLIO)["feeds"][0]
    assert mapping.body == {k: v for k, v in stated.items() if k not in ("name", "vendor")}
    assert mapping.digest == mapping_digest(mapping.body)
    assert set(FeedKpi.objects.values_list("kpi__code", flat=True)) == {"accuracy", "speed"}


def test_the_same_files_again_change_nothing(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    before = everything()
    plan = apply_text(PORTFOLIO, as_of=datetime(2027, 1, 1, tzinfo=UTC))
    assert plan.effective == ()
    assert plan.not_in_files == ()
    assert everything() == before


def test_a_plan_shows_what_applying_does_and_changes_nothing(apply_text: Apply) -> None:
    plan = apply_text(PORTFOLIO, plan_only=True)
    assert not plan.applied
    assert everything() == []
    assert apply_text(PORTFOLIO).changes == plan.changes


def test_a_problem_anywhere_leaves_nothing_behind(apply_text: Apply) -> None:
    with pytest.raises(PortfolioError):
        apply_text(with_change(("feeds:", "feeds:\n  - {code: broken}")))
    assert everything() == []


def test_a_changed_description_is_a_change_with_old_and_new(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    plan = apply_text(
        with_change(
            ("owner: Dana", "owner: Priya"),
            ("title: Claims review", "title: Claims"),
            ("amount: 42000.10", "amount: 42000.20"),
            ("title: Higher accuracy", "title: Accuracy"),
            ("name: Decisions upheld", "name: Upheld"),
        )
    )
    assert {(c.kind, c.code): c.fields for c in plan.effective} == {
        ("vendor", "acme"): (FieldChange("owner", "Dana", "Priya"),),
        ("contract", "AC-1"): (FieldChange("title", "Claims review", "Claims"),),
        ("contract", "AC-1 amendment 1"): (FieldChange("title", "Higher accuracy", "Accuracy"),),
        ("contract", "AC-1 charge 2024-10"): (FieldChange("amount_minor", "4200010", "4200020"),),
        ("contract", "AC-1 charge 2024-11"): (FieldChange("amount_minor", "4200010", "4200020"),),
        ("contract", "AC-1 charge 2024-12"): (FieldChange("amount_minor", "4200010", "4200020"),),
        ("KPI", "accuracy"): (FieldChange("name", "Decisions upheld", "Upheld"),),
    }
    assert Vendor.objects.get().owner == "Priya"


def test_what_was_written_is_stamped_in_its_last_statement(
    apply_text: Apply, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(400) as queries:
        apply_text(PORTFOLIO)
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    first_stamp = next(i for i, sql in enumerate(written) if 'SET "updated_at"' in sql)
    assert all('SET "updated_at"' in sql for sql in written[first_stamp:])
    stamped = {sql.split('"')[1] for sql in written[first_stamp:]}
    assert stamped == {
        model._meta.db_table
        for model in (Vendor, Calendar, Contract, Amendment, Charge, Process, Kpi, Feed)
    }
    assert connection.in_atomic_block  # the test's own; applying left none of its own open


SECTIONS = list(yaml.safe_load(PORTFOLIO))


@given(order=st.permutations(SECTIONS), files=st.integers(1, 4))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_neither_the_order_nor_the_split_of_files_matters(
    tmp_path: Path, order: list[str], files: int
) -> None:
    parts = {
        head: f"{head}:{rest}"
        for head, rest in zip(
            SECTIONS,
            (_after(head) for head in SECTIONS),
            strict=True,
        )
    }
    for old in tmp_path.glob("*.yaml"):
        old.unlink()
    whole = tmp_path / "whole.yaml"
    whole.write_text(PORTFOLIO)
    expected = apply(paths=[whole], as_of=NOW, plan_only=True)
    whole.unlink()
    for number in range(files):
        text = "".join(parts[head] for head in order[number::files])
        (tmp_path / f"{number}.yaml").write_text(text or "vendors: []")
    assert apply(paths=[tmp_path], as_of=NOW, plan_only=True).changes == expected.changes


def _after(section: str) -> str:
    """The text of a section of the portfolio, without its head."""
    rest = PORTFOLIO.split(f"{section}:\n", 1)[1]
    following = SECTIONS[SECTIONS.index(section) + 1 :]
    return "\n" + (rest.split(f"{following[0]}:\n", 1)[0] if following else rest)


@pytest.mark.parametrize(
    "change",
    [
        ("nature: knowledge, contract: AC-1}", "nature: knowledge, contract: AC-MSA}"),
        ("    contract: AC-1\n    process: claims", "    contract: AC-MSA\n    process: claims"),
    ],
    ids=["of the parent contract", "of a child contract"],
)
def test_a_kpi_may_measure_a_process(apply_text: Apply, change: tuple[str, str]) -> None:
    without_charge = ("      - {from: 2024-10, through: 2024-10, amount: 5, process: claims}\n", "")
    unnamed_amendment = (", amendment: 1, operator", ", operator")
    apply_text(with_change(without_charge, unnamed_amendment, change))
    kpi = Kpi.objects.get(code="accuracy")
    assert kpi.contract is not None
    assert kpi.process is not None
    assert kpi.contract != kpi.process.contract
