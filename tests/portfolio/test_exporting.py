"""What is exported is what is there: read in again, it changes nothing, here and elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Calendar, Charge, Contract, Process, Vendor
from metrics.models import Feed, Kpi
from metrics.portfolio import apply, apply_text
from metrics.portfolio.exporting import Managers, export, json_text, yaml_text
from metrics.portfolio.exporting.writing import sections_text
from metrics.portfolio.reader import CONTROL, read_text
from tests.portfolio.conftest import NOW, PORTFOLIO, Apply
from tests.services import ROOT

pytestmark = pytest.mark.django_db
EXAMPLES = ROOT / "examples" / "portfolio"
RICH = (Path(__file__).parent / "rich.yaml").read_text(encoding="utf-8")


def changes(text: str, *, is_json: bool = False) -> list[Any]:
    plan = apply_text(text=text, as_of=NOW, is_json=is_json, plan_only=True)
    return [*plan.effective, *plan.not_in_files]


@pytest.mark.parametrize("text", [PORTFOLIO, RICH], ids=["small", "every key"])
def test_an_export_plans_to_no_change(apply_text: Apply, text: str) -> None:
    apply_text(text)
    exported = export()
    assert exported.left_out == []
    assert changes(yaml_text(exported)) == []
    assert changes(json_text(exported), is_json=True) == []


def test_the_example_portfolio_exports_to_no_change_as_a_whole_and_by_vendor() -> None:
    apply(paths=[EXAMPLES], as_of=NOW)
    exported = export()
    assert exported.left_out == []
    assert changes(yaml_text(exported)) == []
    assert changes(json_text(exported), is_json=True) == []
    for vendor in Vendor.objects.values_list("code", flat=True):
        slice_ = export(vendor=vendor)
        plan = apply_text(text=yaml_text(slice_), as_of=NOW, plan_only=True)
        assert plan.effective == ()
        assert [one["code"] for one in slice_.sections["vendors"]] == [vendor]


def test_an_export_makes_the_same_portfolio_elsewhere(apply_text: Apply) -> None:
    apply_text(RICH)
    ours = export(vendor="acme").sections
    apply_text(renamed(yaml_text(export())))
    assert sections_text(export(vendor="xacme").sections) == renamed(sections_text(ours))


def renamed(text: str) -> str:
    """The same portfolio with other codes."""
    for name in ("acme", "AC-", "office", "claims", "accuracy", "speed", "decisions"):
        text = text.replace(name, f"x{name}")
    return text


def test_it_states_later_definitions_by_what_changes(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    speed = next(one for one in export().sections["kpis"] if one["code"] == "speed")
    (later,) = speed["definitions"]
    assert set(later) == {"valid_from", "amendment", "period", "calendar"}
    assert "first_day" not in speed
    assert "zone" not in speed


def test_what_people_manage_is_left_out_unless_asked_for(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    Vendor.objects.create(code="zeta", name="Zeta by hand")
    exported = export()
    assert exported.others == 1
    assert "1 that somebody else manages" in yaml_text(exported)
    assert "zeta" not in yaml_text(exported)
    assert changes(yaml_text(exported)) == []
    codes = [one["code"] for one in export(managed_by=Managers.ANY).sections["vendors"]]
    assert codes == ["acme", "zeta"]


def test_what_is_archived_and_what_rests_on_it_is_left_out_and_told_of(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    Calendar.objects.update(archived_at=timezone.now())
    exported = export()
    told = {(one.kind, one.code): one.why for one in exported.left_out}
    assert told["KPI", "speed"] == "calendar 'office' is archived"
    assert "# Left out: KPI speed" in yaml_text(exported)
    plan = apply_text_plan(yaml_text(exported))
    assert plan.effective == ()


def apply_text_plan(text: str) -> Any:
    return apply_text(text=text, as_of=NOW, plan_only=True)


def test_charges_of_consecutive_months_stand_in_one_line(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    contract = Contract.objects.get(reference="AC-1")
    Charge.objects.filter(contract=contract, first_day="2024-11-01").update(amount_minor=100)
    (stated,) = [one for one in export().sections["contracts"] if one["reference"] == "AC-1"]
    assert [(line["from"], line["through"], str(line["amount"])) for line in stated["charges"]] == [
        ("2024-10", "2024-10", "42000.10"),
        ("2024-11", "2024-11", "1.00"),
        ("2024-12", "2024-12", "42000.10"),
        ("2024-10", "2024-10", "5.00"),
    ]


def test_an_export_takes_a_fixed_number_of_queries(
    apply_text: Apply, django_assert_max_num_queries: Any
) -> None:
    apply_text(RICH)
    with django_assert_max_num_queries(40):
        export()


WRITTEN = st.text(min_size=1, max_size=120).filter(
    lambda text: not CONTROL.search(text) and text == text.strip() and text
)


@given(text=WRITTEN)
@settings(deadline=None)
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    sections = {"vendors": [{"code": "a", "name": text, "more": [text, {"x": [text]}]}]}
    document, problems = read_text("a", sections_text(sections))
    assert problems == []
    assert document.data == sections


@given(text=WRITTEN.filter(lambda text: len(text) < 200))
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_name_survives_the_round_trip(apply_text: Apply, text: str) -> None:
    apply_text(PORTFOLIO)
    for model in (Vendor, Process, Kpi, Feed):
        model._default_manager.update(name=text)
    Kpi.objects.update(wording=f"{text}\n\n  {text}\n{text}")
    assert changes(yaml_text(export())) == []
    assert changes(json_text(export()), is_json=True) == []


def test_the_command_prints_and_writes_a_file(apply_text: Apply, tmp_path: Path) -> None:
    apply_text(PORTFOLIO)
    out = tmp_path / "out.yaml"
    call_command("export", "--output", str(out))
    assert apply(paths=[out], as_of=NOW, plan_only=True).effective == ()
    with pytest.raises(Exception, match="there already"):
        call_command("export", "--output", str(out))
    with pytest.raises(Exception, match="no vendor 'nope'"):
        call_command("export", "--vendor", "nope")


def test_json_keeps_every_digit(apply_text: Apply) -> None:
    apply_text(PORTFOLIO.replace("expected: 96,", "expected: 96.1234567891,"))
    assert "96.1234567891" in json_text(export())
    assert json.loads(json_text(export()))["vendors"][0]["code"] == "acme"
