"""KPIs registered, edited and amended by people: what files refuse, pages refuse."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.models import Amendment, AuditEvent, Contract
from contracts.models.managed import ManagedBy
from metrics.models import DirtyPeriod, Kpi, KpiPeriod, ServiceLevel
from metrics.portfolio import PortfolioError
from metrics.portfolio.applying import apply
from metrics.portfolio.editing import (
    EditRefusedError,
    NewAmendment,
    definition_amend,
    entry_of,
    kpi_archive,
    kpi_edit,
    kpi_register,
    kpi_restore,
    level_amend,
)
from metrics.portfolio.editing.running import editing, entry_apply
from metrics.portfolio.plan import Action
from metrics.portfolio.reconcile.kpis import reconcile_kpi
from metrics.portfolio.reconcile.run import Run
from tests.factories import a_contract, a_figure, a_vendor, an_amendment
from tests.portfolio.conftest import PORTFOLIO
from tests.terms.conftest import FIRST_DAY, NOW, an_entry

pytestmark = pytest.mark.django_db

APRIL = date(2026, 4, 1)
RICH: dict[str, Any] = {
    "clause": "2.10",
    "wording": "At least 95 %\nof decisions are upheld.",
    "measure": "share_within",
    "parameters": {"limit": Decimal("4.5"), "limit_unit": "hours"},
    "last_day": date(2026, 12, 31),
    "decimals": 2,
    "places": 1,
    "period": {"every": "quarter", "anchor": date(2026, 1, 15)},
    "stub": "merge",
    "grace_days": 7,
    "definitions": [{"valid_from": date(2027, 1, 1), "grace_days": 3, "zone": "Europe/Dublin"}],
    "service_levels": [
        {
            "valid_from": FIRST_DAY,
            "operator": ">=",
            "expected": Decimal("95.5"),
            "minimum": 90,
            "critical": 80,
            "kind": "critical",
            "weight": 60,
            "clause": "4.1",
            "min_volume": 30,
            "min_volume_policy": "evaluate_anyway",
            "attainment": "bands",
            "enforced_from": APRIL,
            "bands": [
                {"name": "good", "lower": Decimal("95.5"), "attainment": 100},
                {"name": "poor", "upper": Decimal("95.5"), "attainment": 0, "severity": "major"},
            ],
        },
        {"valid_from": APRIL, "operator": ">", "expected": 96},
    ],
}


def findings(error: pytest.ExceptionInfo[EditRefusedError]) -> dict[tuple[Any, ...], str]:
    return {each.path: each.message for each in error.value.findings}


class TestRegister:
    def test_a_kpi_is_there_with_its_lines_and_belongs_to_people(self, contract: Contract) -> None:
        kpi = kpi_register(entry=an_entry(), as_of=NOW)

        assert (kpi.code, kpi.managed_by, kpi.next_tick_at) == ("sla", ManagedBy.PERSON, NOW)
        assert [line.measure for line in kpi.definitions.all()] == ["ratio"]
        assert [str(line.phrase) for line in kpi.levels.all()] == ["≥ 95"]

    def test_it_is_told_of_in_the_audit_trail(self, contract: Contract) -> None:
        kpi_register(entry=an_entry(), as_of=NOW)

        told = {event.subject.split(":")[0] for event in AuditEvent.objects.all()}
        assert told == {"metrics.kpi", "metrics.kpidefinition", "metrics.servicelevel"}

    def test_a_code_that_is_taken_is_refused(self, kpi: Kpi) -> None:
        with pytest.raises(EditRefusedError) as caught:
            kpi_register(entry=an_entry(name="Another"), as_of=NOW)

        assert findings(caught) == {("code",): "KPI 'sla' is there already"}
        assert Kpi.objects.get().name == "Decisions upheld"


LEVEL = ("service_levels", 0)
SLIPS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "no name": ({"name": None}, ("name",)),
    "code": ({"code": "a b"}, ("code",)),
    "contract": ({"contract": "NO-1"}, ("contract",)),
    "family": ({"family": "speed"}, ("family",)),
    "measure": ({"measure": "ratios"}, ("measure",)),
    "unit": ({"unit": "hours"}, ("unit",)),
    "unknown parameter": ({"parameters": {"limit": 4}}, ("parameters", "parameter")),
    "missing parameter": ({"measure": "share_within"}, ("parameters", "limit")),
    "wrong parameter": (
        {"measure": "share_within", "parameters": {"limit": "soon"}},
        ("parameters", "limit"),
    ),
    "last day": ({"last_day": date(2025, 1, 1)}, ()),
    "zone": ({"zone": "Dublin"}, ("zone",)),
    "operator": (
        {"service_levels": [{"valid_from": FIRST_DAY, "operator": "<=", "expected": 5}]},
        (*LEVEL, "operator"),
    ),
    "no expected": (
        {"service_levels": [{"valid_from": FIRST_DAY, "operator": ">="}]},
        (*LEVEL, "expected"),
    ),
    "out of range": (
        {"service_levels": [{"valid_from": FIRST_DAY, "operator": ">=", "expected": 995}]},
        (*LEVEL, "expected"),
    ),
    "minimum better than expected": (
        {
            "service_levels": [
                {"valid_from": FIRST_DAY, "operator": ">=", "expected": 90, "minimum": 95}
            ]
        },
        (*LEVEL, "minimum"),
    ),
    "no such amendment": (
        {
            "service_levels": [
                {"valid_from": FIRST_DAY, "operator": ">=", "expected": 95, "amendment": 9}
            ]
        },
        (*LEVEL, "amendment"),
    ),
    "not available yet": (
        {
            "service_levels": [
                {
                    "valid_from": FIRST_DAY,
                    "operator": ">=",
                    "expected": 95,
                    "min_volume": 5,
                    "min_volume_policy": "carry_into_next",
                }
            ]
        },
        (*LEVEL, "min_volume_policy"),
    ),
}


def written(entry: dict[str, Any]) -> str:
    """The entry as a portfolio file."""
    import json

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value if isinstance(value, int | str) else str(value)

    def text(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {text(inner)}" for key, inner in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(text, value)) + "]"
        return json.dumps(value) if isinstance(value, str) else str(value)

    return f"kpis:\n  - {text(entry)}\n"


@pytest.mark.parametrize("slip", SLIPS)
def test_pages_refuse_what_files_refuse_with_the_same_words(
    slip: str, contract: Contract, tmp_path: Any
) -> None:
    change, path = SLIPS[slip]
    entry = {key: value for key, value in an_entry(**change).items() if value is not None}
    (tmp_path / "a.yaml").write_text(written(entry), encoding="utf-8")

    with pytest.raises(PortfolioError) as of_files:
        apply(paths=[tmp_path], as_of=NOW, plan_only=True)
    with pytest.raises(EditRefusedError) as of_pages:
        kpi_register(entry=entry, as_of=NOW)

    said = {(each.message, each.hint) for each in of_files.value.problems}
    assert {(each.message, each.hint) for each in of_pages.value.findings} == said
    assert path in [each.path[: len(path)] for each in of_pages.value.findings]
    assert not Kpi.objects.exists()


def test_all_slips_are_told_of_at_once(contract: Contract) -> None:
    level = {"valid_from": FIRST_DAY, "operator": "<=", "expected": 995}
    with pytest.raises(EditRefusedError) as caught:
        kpi_register(
            entry=an_entry(unit="hours", contract="NO-1", service_levels=[level]), as_of=NOW
        )

    assert set(findings(caught)) == {("contract",), ("unit",), (*LEVEL, "operator")}


class TestEntries:
    def changes(self, entry: dict[str, Any]) -> list[str]:
        """What reconciling the entry of a stored KPI would change."""
        noted: list[str] = []

        def work(run: Run, item: Any) -> None:
            reconcile_kpi(run, item)
            noted.extend(c.code for c in run.changes if c.action is not Action.UNCHANGED)

        with editing():
            entry_apply(entry, work, as_of=NOW)
        return noted

    @pytest.mark.parametrize("fields", [{}, RICH], ids=["short", "rich"])
    def test_a_stored_kpi_states_all_of_itself(
        self, contract: Contract, fields: dict[str, Any]
    ) -> None:
        kpi = kpi_register(entry=an_entry(**fields), as_of=NOW)

        assert self.changes(entry_of(kpi)) == []
        assert self.changes(entry_of(kpi) | {"name": "Else"}) == ["sla"]

    def test_so_do_kpis_of_files(self, tmp_path: Any) -> None:
        (tmp_path / "a.yaml").write_text(PORTFOLIO, encoding="utf-8")
        apply(paths=[tmp_path], as_of=NOW)
        Kpi.objects.update(managed_by=ManagedBy.PERSON)

        for kpi in Kpi.objects.all():
            assert self.changes(entry_of(kpi)) == [], kpi


class TestEdit:
    def given(self, kpi: Kpi, **fields: Any) -> dict[str, Any]:
        stored = {name: getattr(kpi, name) for name in ("name", "clause", "wording", "last_day")}
        return {"kpi": kpi, "as_of": NOW} | stored | fields

    def test_what_it_is_called_changes_and_its_lines_stay(self, kpi: Kpi) -> None:
        kpi_edit(**self.given(kpi, name="Upheld decisions", clause="3.1"))

        kpi.refresh_from_db()
        assert (kpi.name, kpi.clause) == ("Upheld decisions", "3.1")
        assert (kpi.definitions.count(), kpi.levels.count()) == (1, 1)

    def test_without_a_last_day_it_ends_with_its_contract(self, kpi: Kpi) -> None:
        kpi_edit(**self.given(kpi, last_day=date(2026, 6, 30)))
        kpi.refresh_from_db()
        assert kpi.last_day == date(2026, 6, 30)

        kpi_edit(**self.given(kpi, last_day=None))
        kpi.refresh_from_db()
        assert kpi.last_day == date(2026, 12, 31)

    def test_a_last_day_before_a_figure_is_refused(self, kpi: Kpi) -> None:
        a_figure(kpi, APRIL)
        with pytest.raises(EditRefusedError) as caught:
            kpi_edit(**self.given(kpi, last_day=date(2026, 3, 31)))

        assert list(findings(caught)) == [("last_day",)]

    def test_a_kpi_of_files_is_refused(self, kpi: Kpi) -> None:
        Kpi.objects.update(managed_by=ManagedBy.PORTFOLIO)
        kpi.refresh_from_db()
        for change in (
            lambda: kpi_edit(**self.given(kpi, name="Else")),
            lambda: kpi_archive(kpi=kpi, as_of=NOW),
            lambda: kpi_restore(kpi=kpi, as_of=NOW),
            lambda: level_amend(kpi=kpi, line=a_line(), as_of=NOW),
        ):
            with pytest.raises(EditRefusedError, match="change it in the files and apply them"):
                change()

        assert Kpi.objects.get().name == "Decisions upheld"

    def test_archived_it_waits_to_be_brought_back(self, kpi: Kpi) -> None:
        kpi_archive(kpi=kpi, as_of=NOW)
        with pytest.raises(EditRefusedError, match="bring it back into use first"):
            kpi_edit(**self.given(kpi, name="Else"))

        kpi_restore(kpi=kpi, as_of=NOW)
        kpi.refresh_from_db()
        assert kpi.archived_at is None


def a_line(**fields: Any) -> dict[str, Any]:
    return {"valid_from": APRIL, "operator": ">=", "expected": 97} | fields


class TestAmend:
    def test_a_level_is_added_with_its_amendment(self, kpi: Kpi, contract: Contract) -> None:
        an_amendment(contract, 1, effective_from=APRIL)
        level = level_amend(kpi=kpi, line=a_line(amendment=1), as_of=NOW)

        assert (level.valid_from, level.expected, str(level.amendment)) == (
            APRIL,
            97,
            "AC-1 amendment 1",
        )
        assert kpi.levels.count() == 2

    def test_an_amendment_is_registered_with_it(self, kpi: Kpi) -> None:
        new = NewAmendment(1, "Higher level", APRIL, date(2026, 3, 20))
        level_amend(kpi=kpi, line=a_line(), amendment=new, as_of=NOW)

        line = ServiceLevel.objects.get(valid_from=APRIL)
        assert (line.amendment, line.amendment.signed_on) == (
            Amendment.objects.get(),
            date(2026, 3, 20),
        )

    def test_a_plan_changes_nothing(self, kpi: Kpi) -> None:
        new = NewAmendment(1, "Higher level", APRIL)
        level = level_amend(kpi=kpi, line=a_line(), amendment=new, as_of=NOW, plan_only=True)

        assert level.expected == 97
        assert (kpi.levels.count(), Amendment.objects.count()) == (1, 0)
        assert not AuditEvent.objects.filter(subject__startswith="contracts.amendment").exists()

    def test_a_backdated_level_marks_exactly_the_periods_it_touches(self, kpi: Kpi) -> None:
        for month in (1, 2, 3, 4):
            a_figure(kpi, date(2026, month, 1))
        DirtyPeriod.objects.all().delete()

        level_amend(kpi=kpi, line=a_line(valid_from=date(2026, 2, 10)), as_of=NOW)

        marked = DirtyPeriod.objects.values_list("at", flat=True)
        touched = KpiPeriod.objects.filter(first_day__gte=date(2026, 2, 10))
        assert sorted(marked) == [
            int(head.starts_at.timestamp() * 1_000_000) for head in touched.order_by("starts_at")
        ]

    def test_a_level_without_figures_is_corrected(self, kpi: Kpi) -> None:
        level_amend(kpi=kpi, line=a_line(valid_from=FIRST_DAY, expected=94), as_of=NOW)

        assert [level.expected for level in kpi.levels.all()] == [94]

    def test_a_level_with_figures_is_not_rewritten(self, kpi: Kpi) -> None:
        a_figure(kpi, APRIL)
        with pytest.raises(EditRefusedError) as caught:
            level_amend(kpi=kpi, line=a_line(valid_from=FIRST_DAY, expected=94), as_of=NOW)

        assert list(findings(caught)) == [("line", "expected")]
        assert "is 95, not 94, and figures rest on it" in str(caught.value)

    def test_a_line_between_others_with_figures_is_refused(self, kpi: Kpi) -> None:
        level_amend(kpi=kpi, line=a_line(), as_of=NOW)
        a_figure(kpi, APRIL)
        with pytest.raises(EditRefusedError) as caught:
            level_amend(kpi=kpi, line=a_line(valid_from=date(2026, 2, 1)), as_of=NOW)

        assert list(findings(caught)) == [("line", "valid_from")]

    @pytest.mark.parametrize(
        ("line", "new", "path"),
        [
            ({"operator": "<="}, None, ("line", "operator")),
            ({"minimum": 98}, None, ("line", "minimum")),
            ({"amendment": 9}, None, ("line", "amendment")),
            (
                {"valid_from": date(2026, 3, 1)},
                NewAmendment(2, "Later", APRIL),
                ("line", "valid_from"),
            ),
            ({}, NewAmendment(1, "Taken", APRIL), ("new_amendment",)),
        ],
    )
    def test_slips_lead_to_their_place(
        self, kpi: Kpi, contract: Contract, line: Any, new: Any, path: Any
    ) -> None:
        an_amendment(contract, 1)
        with pytest.raises(EditRefusedError) as caught:
            level_amend(kpi=kpi, line=a_line(**line), amendment=new, as_of=NOW)

        assert path in [each[: len(path)] for each in findings(caught)]
        assert Amendment.objects.count() == 1

    def test_files_keep_the_amendments_of_their_contracts(
        self, kpi: Kpi, contract: Contract
    ) -> None:
        Contract.objects.update(managed_by=ManagedBy.PORTFOLIO)
        kpi = Kpi.objects.get()
        with pytest.raises(EditRefusedError, match="Portfolio files manage contract"):
            level_amend(kpi=kpi, line=a_line(), amendment=NewAmendment(1, "New", APRIL), as_of=NOW)

    def test_a_definition_is_added(self, kpi: Kpi) -> None:
        line = {"valid_from": APRIL, "grace_days": 2, "parameters": {"basis": "sample"}}
        definition = definition_amend(kpi=kpi, line=line, as_of=NOW)

        assert (definition.measure, definition.grace_days, definition.parameters) == (
            "ratio",
            2,
            {"basis": "sample"},
        )

    def test_other_periods_begin_after_those_with_figures(self, kpi: Kpi) -> None:
        a_figure(kpi, APRIL)
        line = {"valid_from": date(2026, 2, 1), "period": {"every": "quarter"}}
        with pytest.raises(EditRefusedError) as caught:
            definition_amend(kpi=kpi, line=line, as_of=NOW)

        assert list(findings(caught)) == [("line", "valid_from")]


def test_another_contract_is_not_touched(kpi: Kpi) -> None:
    other = a_contract(a_vendor("bolt"), "BO-1")
    an_amendment(other, 1)
    with pytest.raises(EditRefusedError, match="contract has no amendment 1"):
        level_amend(kpi=kpi, line=a_line(amendment=1), as_of=NOW)
