"""The pages of KPIs and their terms: lists, forms, previews, sheets, and who may open them."""

import io
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from contracts.models import Amendment, Approval, Contract, User
from contracts.models.managed import ManagedBy
from contracts.services.approvals import approval_decide
from kpotracker.toolkit.dbclock import now
from metrics.engine import MEASURES
from metrics.engine.parameters import Choice
from metrics.models import Kpi, KpiPeriod
from metrics.selectors import wording_terms as words
from tests.factories import (
    a_contract,
    a_feed,
    a_figure,
    a_kpi,
    a_level,
    a_process,
    a_user,
    a_vendor,
    an_amendment,
)
from tests.pages.conftest import signed_in
from tests.pages.reading import text_of
from tests.terms.conftest import FIRST_DAY

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 1)
FORM: dict[str, Any] = {
    "name": "Answers in time",
    "code": "in-time",
    "contract": "AC-1",
    "process": "",
    "family": "throughput",
    "direction": "higher",
    "clause": "4.2",
    "wording": "Nine in ten\r\nwithin four hours.",
    "measure": "share_within",
    "shown_for": "share_within",
    "p_limit": "4.5",
    "p_limit_unit": "hours",
    "unit": "percent",
    "places": "1",
    "time": "finished",
    "decimals": "2",
    "period": "month",
    "grace_days": "7",
    "stub": "evaluate",
    "operator": ">=",
    "expected": "90",
    "minimum": "80",
    "kind": "critical",
    "weight": "40",
}


@pytest.fixture
def pat(contract: Contract) -> Client:
    """Procurement: may change terms."""
    return signed_in(a_user("pat", User.Role.PROCUREMENT))


@pytest.fixture
def ana(contract: Contract) -> Client:
    """An analyst: reads everything, changes nothing."""
    return signed_in(a_user("ana", User.Role.ANALYST))


@pytest.fixture
def alice(contract: Contract) -> Client:
    """A user of the contract's vendor."""
    return signed_in(a_user("alice", User.Role.VENDOR, (contract.vendor,)))


@pytest.fixture
def bob(contract: Contract) -> Client:
    """A user of another vendor."""
    return signed_in(a_user("bob", User.Role.VENDOR, (a_vendor("bolt"),)))


def errors(response: Any) -> dict[str, str]:
    return {name: " ".join(said) for name, said in response.context["form"].errors.items()}


class TestRegister:
    def test_a_kpi_is_registered_with_its_level(self, pat: Client) -> None:
        response = pat.post("/new/kpi/", FORM)

        assert response["Location"] == "/kpis/in-time/"
        kpi = Kpi.objects.get(code="in-time")
        definition, level = kpi.definitions.get(), kpi.levels.get()
        assert (kpi.managed_by, kpi.first_day, kpi.wording) == (
            ManagedBy.PERSON,
            date(2024, 1, 1),
            "Nine in ten\nwithin four hours.",
        )
        assert definition.parameters == {"limit": "4.5", "limit_unit": "hours"}
        assert (level.valid_from, level.expected, level.minimum, level.weight) == (
            date(2024, 1, 1),
            90,
            80,
            40,
        )

    def test_without_its_parameters_the_form_asks_for_them(self, pat: Client) -> None:
        given = {k: v for k, v in FORM.items() if not k.startswith("p_")} | {"shown_for": ""}
        response = pat.post("/new/kpi/", given)

        assert "needs to know a little more" in text_of(response)
        assert response.context["form"]["name"].value() == "Answers in time"
        assert "p_limit" in response.context["form"].fields
        assert not Kpi.objects.exists()

    def test_the_fields_follow_the_measure(self, pat: Client) -> None:
        given = FORM | {"measure": "percentile", "show": "1"}
        response = pat.post("/new/kpi/", given, HTTP_HX_REQUEST="true")
        page = response.content.decode()

        assert ('name="p_p"' in page, 'name="p_limit"' in page, "<form" in page) == (
            True,
            False,
            False,
        )

    def test_everything_wrong_is_told_at_its_field_at_once(self, pat: Client) -> None:
        wrong = {"name": "", "expected": "many", "p_limit": "", "weight": "-1"}
        said = errors(pat.post("/new/kpi/", FORM | wrong))
        assert set(said) == {"name", "expected", "p_limit"}

        wrong = {"expected": "many", "unit": "hours", "p_limit": "-", "code": "in-time"}
        said = errors(pat.post("/new/kpi/", FORM | wrong))
        assert set(said) == {"expected", "unit", "p_limit"}

        said = errors(pat.post("/new/kpi/", FORM | {"minimum": "95", "unit": "hours"}))
        assert said == {
            "minimum": "Minimum 95 is better than expected 90: move it to the worse side.",
            "unit": "Unit 'hours' not a known choice: use one of percent, ratio.",
        }
        assert not Kpi.objects.exists()

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"code": "a b"}, "code"),
            ({"contract": ""}, None),
            ({"zone": "Dublin"}, "zone"),
            ({"period": "day", "anchor": "2026-01-01"}, "period"),
            ({"operator": "<="}, "operator"),
            ({"operator": ""}, "operator"),
            ({"operator": "within"}, "lower"),
            ({"last_day": "2020-01-01"}, "first_day"),
            ({"bands": "good | | 90"}, "bands"),
            ({"attainment": "bands", "bands": "good | 90 |\npoor | | 90"}, "attainment"),
            ({"min_volume_policy": "evaluate_anyway"}, "min_volume_policy"),
        ],
    )
    def test_a_slip_is_told_at_its_field(
        self, pat: Client, change: dict[str, str], field: str | None
    ) -> None:
        said = errors(pat.post("/new/kpi/", FORM | change))

        assert (field or "__all__") in said, said
        assert not Kpi.objects.exists()

    def test_a_kpi_may_be_measured_without_a_level(self, pat: Client) -> None:
        bare = {"operator": "", "expected": "", "minimum": ""}
        pat.post("/new/kpi/", FORM | bare)

        assert Kpi.objects.get().levels.count() == 0

    def test_bands_are_kept_as_stated(self, pat: Client) -> None:
        bands = "good | 90 | | 100\r\npoor | | 90 | 0 | major"
        pat.post("/new/kpi/", FORM | {"bands": bands, "attainment": "bands"})

        assert Kpi.objects.get().levels.get().bands == [
            ["good", "90", None, "100", None],
            ["poor", None, "90", "0", "major"],
        ]

    def test_choices_are_those_in_use(self, pat: Client, contract: Contract) -> None:
        a_contract(contract.vendor, "OLD-1", archived_at=now())
        a_process(contract, "claims")
        form = pat.get("/new/kpi/?contract=AC-1").context["form"]

        assert [value for value, _ in form.fields["contract"].choices] == ["", "AC-1"]
        assert [value for value, _ in form.fields["process"].choices] == ["", "claims"]
        assert form["contract"].value() == "AC-1"


def test_every_measure_parameter_and_choice_has_words() -> None:
    assert set(words.MEASURES) == set(MEASURES)
    parameters = [each for measure in MEASURES.values() for each in measure.parameters]
    assert {each.name for each in parameters} == set(words.PARAMETERS)
    for each in parameters:
        if isinstance(each.read, Choice):
            units = {"seconds", "minutes", "hours", "days"}
            for name in set(each.read.names) - units:
                assert words.choice_words(name) != name or name in {"lower", "higher"}, name
    roles = {role for m in MEASURES.values() for roles in m.role_sets for role in roles}
    assert roles <= set(words.ROLES)


class TestList:
    def given(self, contract: Contract) -> None:
        a_figure(a_kpi(contract, "late", name="Late answers", direction="lower"), MARCH)
        a_kpi(
            contract,
            "fast",
            name="Fast answers",
            family="throughput",
            level={"kind": "critical"},
            definition={"measure": "share_within", "parameters": {"limit": "4"}},
        )
        a_kpi(contract, "gone", name="Gone", archived_at=now())

    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ("", ["fast", "late"]),
            ("q=LATE", ["late"]),
            ("family=throughput", ["fast"]),
            ("measure=share_within", ["fast"]),
            ("kind=critical", ["fast"]),
            ("archived=yes", ["gone"]),
            ("archived=all", ["fast", "gone", "late"]),
            ("vendor=acme&contract=AC-1&q=fast", ["fast"]),
            ("q=nothing", []),
        ],
    )
    def test_filters_narrow_it(
        self, ana: Client, contract: Contract, query: str, codes: list[str]
    ) -> None:
        self.given(contract)
        response = ana.get(f"/kpis/?{query}")

        assert [row.kpi.code for row in response.context["rows"]] == codes

    def test_it_tells_terms_and_standing_in_words(self, ana: Client, contract: Contract) -> None:
        self.given(contract)
        seen = text_of(ana.get("/kpis/?q=late"))

        assert "Late answers late AC-1 Acme Outcome Share of good items Month" in seen
        assert "≥ 95 % Key measurement ✓ Met Final 96.00 % 2026-03" in seen

    def test_a_vendor_sees_its_own(self, alice: Client, bob: Client, contract: Contract) -> None:
        self.given(contract)

        assert len(alice.get("/kpis/").context["rows"]) == 2
        assert len(bob.get("/kpis/").context["rows"]) == 0
        assert "AC-1" not in bob.get("/kpis/").content.decode()

    def test_files_hold_exactly_what_is_filtered(self, ana: Client, contract: Contract) -> None:
        self.given(contract)
        csv = b"".join(ana.get("/kpis/?q=late&export=csv").streaming_content).decode()
        sheet = ana.get("/kpis/?q=late&export=xlsx").content
        book = CalamineWorkbook.from_filelike(io.BytesIO(sheet))

        assert [line.split(",")[0] for line in csv.splitlines()] == ["\ufeffKPI", "late"]
        assert [row[0] for row in book.get_sheet_by_index(0).to_python()] == ["KPI", "late"]

    def test_its_queries_do_not_grow(self, ana: Client, contract: Contract) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as caught:
                ana.get("/kpis/?measure=ratio&kind=key")
            return len(caught)

        for number in range(3):
            a_figure(a_kpi(contract, f"kpi-{number}"), MARCH)
        few = queries()
        for number in range(3, 30):
            a_figure(a_kpi(contract, f"kpi-{number}"), MARCH)

        assert queries() == few <= 12


LEVEL = {
    "amendment": "new",
    "number": "1",
    "title": "Higher level",
    "effective_from": "2026-03-01",
    "valid_from": "",
    "operator": ">=",
    "expected": "97",
    "kind": "key",
    "weight": "1",
}


class TestLevels:
    address = "/kpis/sla/levels/new/"

    def test_the_form_begins_with_what_is_in_force(self, pat: Client, kpi: Kpi) -> None:
        a_level(kpi, valid_from=MARCH, expected="96.5", minimum="90", weight="7", kind="critical")
        form = pat.get(self.address).context["form"]
        names = ("operator", "expected", "minimum", "weight", "kind", "number")

        assert [str(form[name].value()) for name in names] == [
            ">=",
            "96.5",
            "90",
            "7",
            "critical",
            "1",
        ]

    def test_a_preview_shows_old_and_new_and_changes_nothing(self, pat: Client, kpi: Kpi) -> None:
        a_figure(kpi, MARCH, "96", period={"phase": KpiPeriod.Phase.PROVISIONAL})
        seen = text_of(pat.post(self.address, LEVEL | {"act": "preview"}))

        assert "Service level ≥ 95 % ≥ 97 % new" in seen
        assert "begins on 1 March 2026 and ends on 31 March 2026" in seen
        assert "2026-03 Provisional 96.00 % ✓ Met ○ No data changes" in seen
        assert (kpi.levels.count(), Amendment.objects.count()) == (1, 0)

    def test_confirming_applies_it(self, pat: Client, kpi: Kpi) -> None:
        preview = pat.post(self.address, LEVEL | {"act": "preview"})
        kept = dict(preview.context["kept"])
        response = pat.post(self.address, kept | {"act": "apply"})

        assert response["Location"] == "/kpis/sla/"
        level = kpi.levels.get(valid_from=MARCH)
        assert (level.expected, level.amendment) == (97, Amendment.objects.get())

    def test_going_back_keeps_what_was_said(self, pat: Client, kpi: Kpi) -> None:
        response = pat.post(self.address, LEVEL | {"act": "edit"})

        assert response.context["form"]["expected"].value() == "97"
        assert not response.context["form"].errors

    @pytest.mark.parametrize("act", ["preview", "apply"])
    @pytest.mark.parametrize(
        ("change", "fields"),
        [
            ({"title": "", "minimum": "99"}, {"title", "minimum"}),
            ({"operator": "<=", "expected": "x"}, {"operator", "expected"}),
            ({"amendment": "", "valid_from": ""}, {"valid_from"}),
            ({"valid_from": "2026-02-01"}, {"valid_from"}),
            ({"number": "7", "amendment": "9"}, {"amendment"}),
        ],
    )
    def test_everything_wrong_is_told_at_once(
        self, pat: Client, kpi: Kpi, act: str, change: dict[str, str], fields: set[str]
    ) -> None:
        said = errors(pat.post(self.address, LEVEL | change | {"act": act}))

        assert fields <= set(said), said
        assert (kpi.levels.count(), Amendment.objects.count()) == (1, 0)

    def test_an_amendment_of_the_contract_may_be_chosen(
        self, pat: Client, kpi: Kpi, contract: Contract
    ) -> None:
        an_amendment(contract, 4, effective_from=MARCH)
        pat.post(self.address, LEVEL | {"amendment": "4", "act": "apply"})

        assert kpi.levels.get(valid_from=MARCH).amendment.number == 4

    def test_final_figures_are_said_to_stay(self, pat: Client, kpi: Kpi) -> None:
        a_figure(kpi, MARCH, "96")
        seen = text_of(pat.post(self.address, LEVEL | {"act": "preview"}))

        assert "These are final and stay as they are" in seen
        pat.post(self.address, LEVEL | {"act": "apply"})
        assert KpiPeriod.objects.get().status == "MET"

    def test_a_kpi_of_files_says_the_way_out(self, pat: Client, kpi: Kpi) -> None:
        Kpi.objects.update(managed_by=ManagedBy.PORTFOLIO)
        for address in (self.address, "/kpis/sla/edit/", "/kpis/sla/definitions/new/"):
            response = pat.post(address, LEVEL | {"act": "apply", "name": "x"})
            assert response.status_code == 409
            assert "managed by portfolio files" in response.content.decode()

        assert kpi.levels.count() == 1

    def test_a_way_of_measuring_is_previewed_and_applied(self, pat: Client, kpi: Kpi) -> None:
        form = pat.get("/kpis/sla/definitions/new/").context["form"]
        given = {name: form[name].value() or "" for name in form.fields}
        given |= {**LEVEL, "grace_days": "9", "shown_for": "ratio", "p_basis": "sample"}
        preview = pat.post("/kpis/sla/definitions/new/", given | {"act": "preview"})
        assert "Time for late rows 5 days 9 days new" in text_of(preview)

        pat.post("/kpis/sla/definitions/new/", dict(preview.context["kept"]) | {"act": "apply"})
        line = kpi.definitions.get(valid_from=MARCH)
        assert (line.grace_days, line.parameters, line.period) == (9, {"basis": "sample"}, "month")


class TestEdit:
    def test_it_is_changed(self, pat: Client, kpi: Kpi) -> None:
        pat.post("/kpis/sla/edit/", {"name": "Upheld", "clause": "9", "wording": "a\r\nb"})

        kpi.refresh_from_db()
        assert (kpi.name, kpi.clause, kpi.wording) == ("Upheld", "9", "a\nb")

    def test_what_is_refused_is_told_at_its_field(self, pat: Client, kpi: Kpi) -> None:
        a_figure(kpi, MARCH)
        said = errors(pat.post("/kpis/sla/edit/", {"name": "Upheld", "last_day": "2026-02-01"}))

        assert list(said) == ["last_day"]

    def test_archived_and_brought_back(self, pat: Client, kpi: Kpi) -> None:
        pat.post("/kpis/sla/archive/", {"reason": "replaced"})
        page = text_of(pat.get("/kpis/sla/"))
        assert ("Archived on" in page, "Change the service level" in page) == (True, False)

        pat.post("/kpis/sla/restore/")
        assert "Change the service level" in text_of(pat.get("/kpis/sla/"))


class TestRestatement:
    def address(self, kpi: Kpi, **period: Any) -> str:
        a_figure(kpi, MARCH, "96", period=period)
        return "/kpis/sla/2026-03-01/restate/"

    def test_it_is_asked_for_and_decided_by_a_second_person(self, pat: Client, kpi: Kpi) -> None:
        address = self.address(kpi)
        pat.post(address, {"reason": "the log came late"})
        request = Approval.objects.get()
        assert "asked for a restatement" in text_of(pat.get("/kpis/sla/2026-03-01/"))

        olga = a_user("olga", User.Role.OPERATIONS)
        approval_decide(approval=request, approve=True, decided_by=olga, as_of=now())

        head = KpiPeriod.objects.select_related("current").get()
        assert (head.phase, head.status) == ("restated", "NO_DATA")
        assert (head.current.reason, head.current.approved_by) == ("the log came late", "olga")

    def test_a_refusal_leaves_the_figure(self, pat: Client, kpi: Kpi) -> None:
        pat.post(self.address(kpi), {"reason": "the log came late"})
        olga = a_user("olga", User.Role.OPERATIONS)
        approval_decide(
            approval=Approval.objects.get(),
            approve=False,
            decided_by=olga,
            as_of=now(),
            answer="it did not",
        )

        assert KpiPeriod.objects.get().phase == "final"

    def test_once_at_a_time_and_with_a_reason(self, pat: Client, kpi: Kpi) -> None:
        address = self.address(kpi)
        assert errors(pat.post(address, {"reason": "  "})) == {"reason": "This field is required."}
        pat.post(address, {"reason": "one"})
        again = pat.post(address, {"reason": "two"})

        assert "a request waits for its answer already" in errors(again)["__all__"]
        assert Approval.objects.count() == 1

    def test_a_figure_that_is_not_final_has_no_such_page(self, pat: Client, kpi: Kpi) -> None:
        address = self.address(kpi, phase=KpiPeriod.Phase.PROVISIONAL)

        assert pat.get(address).status_code == 404


class TestSheet:
    def test_it_holds_what_was_agreed(self, alice: Client, kpi: Kpi, contract: Contract) -> None:
        feed = a_feed(contract.vendor)
        feed.mappings.update(
            created_at=now().replace(year=2026, month=1),
            body={"targets": [{"kpi": "{team}a", "good": "ok", "valid": 1, "when": "x = 2"}]},
        )
        feed.feed_kpis.create(kpi=kpi)
        a_figure(kpi, date(2026, 2, 1), "97", period={"final_at": now()})
        seen = text_of(alice.get("/kpis/sla/sheet/"))

        assert "Contract AC-1: Work of acme" in seen
        assert "Service level ≥ 95 %" in seen
        assert "Desk (desk) good items = ok, valid items = 1, where x = 2" in seen
        assert "2026-02: 97.00 % , Met" in seen
        assert "For the client Name, date, signature For Acme Name, date, signature" in seen

    def test_a_former_day_has_its_former_sheet(self, ana: Client, kpi: Kpi) -> None:
        before = ana.get("/kpis/sla/sheet/?on=2026-02-28").content
        a_level(kpi, valid_from=MARCH, expected="99")
        a_figure(kpi, date(2026, 2, 1), "97", period={"final_at": now()})
        kpi.refresh_from_db()

        assert main(ana.get("/kpis/sla/sheet/?on=2026-02-28").content) == main(before)
        assert "≥ 99 %" in text_of(ana.get("/kpis/sla/sheet/?on=2026-03-01"))

    def test_it_comes_as_a_pdf_that_is_the_same_each_time(self, ana: Client, kpi: Kpi) -> None:
        one = ana.get("/kpis/sla/sheet/?on=2026-02-28&format=pdf")
        two = ana.get("/kpis/sla/sheet/?on=2026-02-28&format=pdf")

        assert one["Content-Disposition"] == 'attachment; filename="sla-2026-02-28.pdf"'
        assert one.content == two.content
        assert one.content.startswith(b"%PDF-")

    def test_the_last_day_of_all_has_one(self, ana: Client, kpi: Kpi) -> None:
        assert ana.get("/kpis/sla/sheet/?on=9999-12-31").status_code == 200

    @pytest.mark.parametrize("day", ["2025-12-31", "2026-02-30", "soon", "0001-01-01"])
    def test_a_day_without_terms_has_no_sheet(self, ana: Client, kpi: Kpi, day: str) -> None:
        assert ana.get(f"/kpis/sla/sheet/?on={day}").status_code == 404


def main(page: bytes) -> bytes:
    return page.partition(b"<article")[2].partition(b"</article")[0]


class TestWhoMay:
    READING = ("/kpis/", "/kpis/sla/", "/kpis/sla/sheet/", "/kpis/sla/sheet/?format=pdf")
    CHANGING = (
        "/new/kpi/",
        "/kpis/sla/edit/",
        "/kpis/sla/archive/",
        "/kpis/sla/restore/",
        "/kpis/sla/levels/new/",
        "/kpis/sla/definitions/new/",
    )
    CASES = ("/kpis/sla/2026-03-01/restate/",)

    @pytest.mark.parametrize(
        ("who", "reads", "changes", "asks"),
        [
            ("pat", 200, 200, 200),
            ("ana", 200, 404, 404),
            ("alice", 200, 404, 404),
            ("bob", 404, 404, 404),
        ],
    )
    def test_pages_open_by_duty(
        self, request: Any, kpi: Kpi, who: str, reads: int, changes: int, asks: int
    ) -> None:
        a_figure(kpi, MARCH)
        client = request.getfixturevalue(who)
        for address in self.READING[1:]:
            assert client.get(address).status_code == reads, address
        for addresses, expected in ((self.CHANGING, changes), (self.CASES, asks)):
            for address in addresses:
                assert client.get(address).status_code == expected, address
                if expected == 404:
                    assert client.post(address, FORM | LEVEL).status_code == 404, address
        assert Kpi.objects.count() == 1

    def test_links_are_shown_to_those_who_may(
        self, pat: Client, ana: Client, alice: Client, kpi: Kpi
    ) -> None:
        a_figure(kpi, MARCH)
        shown = {
            name: [
                "levels/new" in client.get("/kpis/sla/").content.decode(),
                "/restate/" in client.get("/kpis/sla/2026-03-01/").content.decode(),
                "Who changed what" in client.get("/kpis/sla/").content.decode(),
            ]
            for name, client in {"pat": pat, "ana": ana, "alice": alice}.items()
        }

        assert shown == {
            "pat": [True, True, True],
            "ana": [False, False, True],
            "alice": [False, False, False],
        }

    def test_somebody_elses_contract_is_no_choice(self, pat: Client, kpi: Kpi) -> None:
        said = errors(pat.post("/new/kpi/", FORM | {"contract": "NO-1"}))

        assert "contract" in said
        assert kpi.first_day == FIRST_DAY
