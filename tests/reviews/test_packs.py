"""Packs: frozen, apart for each audience, and the same bytes for the same contents."""

import hashlib
import json
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import ValidationError
from python_calamine import CalamineWorkbook
from xlsxwriter.workbook import Workbook

from contracts.models import AuditEvent
from contracts.selectors.scope import EVERYTHING, visible_to
from metrics.models import CaseComment, Commentary, Kpi, PackCopy, ReviewPack
from metrics.reviews.actions import action_agree, action_close
from metrics.reviews.meetings import decision_write, note_write
from metrics.reviews.packs import subject as subjects
from metrics.reviews.packs.building import digest_of, pack_build
from metrics.reviews.packs.changed import changed_since
from metrics.reviews.packs.document import pack_pdf
from metrics.reviews.packs.workbook import pack_workbook
from metrics.selectors import scope as scoped
from metrics.selectors.spans import parse_span
from tests.factories import a_contract, a_figure, a_kpi, a_revision
from tests.reviews.conftest import BUILT_AT, MONTHS

pytestmark = pytest.mark.django_db
SECRET = "SECRET-OF-THE-BUYER"


def built(world, review=None, **fields) -> ReviewPack:
    given = {"vendor": world.acme, "span": world.quarter, "as_of": BUILT_AT, "by": "Paula"}
    return pack_build(review=review, **given | fields)


def copy_of(pack: ReviewPack, audience: str = "shared") -> PackCopy:
    return pack.copies.get(audience=audience)


def cells(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def everything_in(copy: PackCopy) -> str:
    """All that a reader of the copy can find: its contents and every cell of its workbook."""
    return json.dumps(copy.body, ensure_ascii=False) + str(cells(bytes(copy.xlsx)))


def with_secrets(world):
    """A review with something internal of every kind, and the pack of it."""
    review = world.review()
    note_write(review=review, text=f"{SECRET} note", is_internal=True, by=world.paula)
    decision_write(review=review, text=f"{SECRET} decision", is_internal=True, by=world.paula)
    action_agree(
        review=review,
        text=f"{SECRET} action",
        side="buyer",
        owner=world.paula,
        due_on=date(2026, 5, 1),
        agreed_on=date(2026, 4, 20),
        is_internal=True,
    )
    CaseComment.objects.create(
        case=world.case, author=world.paula, body=f"{SECRET} comment", is_internal=True
    )
    Commentary.objects.create(
        period=world.case.period,
        side="buyer",
        is_internal=True,
        version=1,
        text=f"{SECRET} commentary",
        author=world.paula,
    )
    world.case.transitions.update(from_state="provisional", is_internal=True, reason=SECRET)
    return built(world, review)


class TestContents:
    def test_the_figures_of_each_contract_with_their_exact_values(self, world):
        body = copy_of(built(world)).body

        (contract,) = body["contracts"]
        lines = {line["kpi"]: line for f in contract["families"] for line in f["lines"]}
        assert [figure["exact"] for figure in lines["accuracy"]["figures"]] == [
            "96",
            "4747/50",
            "94.996",
        ]
        assert lines["accuracy"]["latest"]["word"] == {"text": "Missed", "tone": "bad"}
        assert lines["speed"]["latest"]["actual"] == "–"

    def test_what_is_missing_is_named(self, world):
        body = copy_of(built(world)).body

        assert [(m["name"], m["label"]) for m in body["missing"]] == [
            ("Answers in time", "2026-03")
        ]

    def test_the_cases_of_the_period_and_what_was_said_on_them(self, world):
        CaseComment.objects.create(
            case=world.case, author=world.vera, body="We retrain", is_internal=False
        )

        (case,) = copy_of(built(world)).body["cases"]

        assert (case["kpi"], case["label"], case["state"]["text"]) == (
            "accuracy",
            "2026-03",
            "Open",
        )
        assert [said["text"] for said in case["comments"]] == ["We retrain"]

    def test_an_unsettled_case_of_an_earlier_period_is_said_to_be_from_before(self, world):
        a_figure(world.kpi, date(2026, 4, 1), "97")

        body = copy_of(built(world, span=parse_span("2026-04"))).body

        assert [case["is_earlier"] for case in body["cases"]] == [True]

    def test_a_settled_case_of_an_earlier_period_is_left_out(self, world):
        a_figure(world.kpi, date(2026, 4, 1), "97")
        world.case.state = "resolved"
        world.case.save()

        assert copy_of(built(world, span=parse_span("2026-04"))).body["cases"] == []

    def test_open_actions_of_every_review_with_their_age_and_closed_ones_apart(self, world):
        given = {"side": "vendor", "owner": world.vera, "agreed_on": date(2026, 4, 1)}
        earlier, review = world.review(date(2026, 4, 1)), world.review()
        action_agree(review=earlier, text="Old", due_on=date(2026, 4, 10), **given)
        closed = action_agree(review=earlier, text="Done", due_on=date(2026, 4, 10), **given)
        action_close(action=closed, state="done", note="So", closed_on=date(2026, 4, 9))

        body = copy_of(built(world, review)).body

        (old,) = body["open_actions"]
        assert (old["text"], old["age_days"], old["overdue_days"]) == ("Old", 19, 10)
        assert old["is_carried_over"]
        assert [(a["text"], a["note"]) for a in body["closed_actions"]] == [("Done", "So")]

    def test_how_each_figure_was_made(self, world):
        sources = {s["kpi"]: s for s in copy_of(built(world)).body["sources"]}

        made = sources["accuracy"]
        assert made["clause"] == "3.1"
        assert made["formula"] == "ratio = sum(good) / sum(valid)"
        assert made["level"] == "≥ 95 %, from 2024-01-01, the contract as signed"
        assert [each["revision"] for each in made["figures"]] == [1, 1, 1]

    def test_a_review_of_some_contracts_narrows_its_pack(self, world):
        second = a_contract(world.acme, "AC-2", title="Second")
        a_figure(a_kpi(second, "second", name="Second KPI"), MONTHS[2], "97")

        body = copy_of(built(world, world.review(contracts=[second]))).body

        assert [contract["reference"] for contract in body["contracts"]] == ["AC-2"]
        assert (body["summary"]["families"], body["cases"]) == ([], [])

    def test_nothing_of_another_vendor_is_in_it(self, world):
        pack = built(world)

        assert "Bolt" not in everything_in(copy_of(pack, "internal"))

    def test_a_period_without_figures_is_refused_with_the_way_out(self, world):
        with pytest.raises(ValidationError, match="no figures in May 2026: choose"):
            built(world, span=parse_span("2026-05"))

        assert not ReviewPack.objects.exists()


class TestAudiences:
    def test_nothing_internal_reaches_the_shared_copy(self, world):
        pack = with_secrets(world)

        assert SECRET not in everything_in(copy_of(pack, "shared"))
        assert "notices" not in copy_of(pack, "shared").body

    def test_how_much_depends_on_the_vendor_is_not_for_it_to_read(self, world):
        pack = with_secrets(world)

        assert copy_of(pack, "internal").body["vendor"]["tier"] == "Standard"
        assert "tier" not in copy_of(pack, "shared").body["vendor"]

    def test_the_internal_copy_holds_all_of_it(self, world):
        internal = copy_of(with_secrets(world), "internal")

        said = everything_in(internal)
        kinds = ("note", "decision", "action", "comment", "commentary")
        assert [kind for kind in kinds if f"{SECRET} {kind}" not in said] == []
        assert internal.body["notices"][0]["serve_by"] == "2026-09-30"

    def test_without_the_vendors_scope_the_shared_copy_would_tell(self, world, monkeypatch):
        monkeypatch.setattr(subjects, "Scope", lambda _: EVERYTHING)

        assert SECRET in everything_in(copy_of(with_secrets(world), "shared"))

    def test_the_vendor_reads_no_name_of_the_buyers_people_on_a_comment(self, world):
        CaseComment.objects.create(
            case=world.case, author=world.paula, body="Please explain", is_internal=False
        )

        pack = built(world)

        names = {
            audience: copy_of(pack, audience).body["cases"][0]["comments"][0]["by"]
            for audience in ("shared", "internal")
        }
        assert names == {"shared": "the buyer", "internal": "paula"}

    def test_vendors_see_the_shared_copy_of_their_packs_and_no_other(self, world):
        pack = built(world)

        seen = {
            name: list(scoped.pack_copies(visible_to(person)).values_list("pack", "audience"))
            for name, person in (("vera", world.vera), ("vic", world.vic))
        }
        assert seen == {"vera": [(pack.pk, "shared")], "vic": []}

    def test_the_pack_of_an_internal_review_has_no_shared_copy(self, world):
        pack = built(world, world.review(is_internal=True))

        assert [copy.audience for copy in pack.copies.all()] == ["internal"]
        assert not scoped.packs(visible_to(world.vera)).exists()


class TestFrozen:
    def test_a_later_restatement_changes_nothing_and_is_noted(self, world):
        pack = built(world)
        before = [(c.body, bytes(c.pdf), bytes(c.xlsx)) for c in pack.copies.all()]

        a_revision(world.case.period, "99", "MET", reason="A feed was wrong", approved_by="Dana")

        after = [(c.body, bytes(c.pdf), bytes(c.xlsx)) for c in pack.copies.all()]
        assert after == before
        (change,) = changed_since(copy_of(pack).body)
        assert (change.kpi, change.label, change.frozen, change.now) == (
            "accuracy",
            "2026-03",
            1,
            2,
        )

    def test_nothing_is_noted_while_nothing_changed(self, world):
        assert changed_since(copy_of(built(world)).body) == []

    def test_building_again_after_it_makes_another_edition_with_the_new_figure(self, world):
        first = built(world)
        a_revision(world.case.period, "99", "MET", reason="A feed was wrong", approved_by="Dana")

        second = built(world)

        assert (first.edition, second.edition) == (1, 2)
        assert copy_of(first).body_sha256 != copy_of(second).body_sha256
        assert changed_since(copy_of(second).body) == []

    def test_the_check_sums_are_those_of_contents_and_files(self, world):
        for copy in built(world).copies.all():
            assert copy.body_sha256 == digest_of(copy.body)
            assert copy.pdf_sha256 == hashlib.sha256(bytes(copy.pdf)).hexdigest()
            assert copy.xlsx_sha256 == hashlib.sha256(bytes(copy.xlsx)).hexdigest()

    def test_the_stored_contents_give_the_stored_files_again(self, world):
        for copy in built(world).copies.all():
            assert pack_pdf(copy.body) == bytes(copy.pdf)
            assert pack_workbook(copy.body) == bytes(copy.xlsx)

    def test_building_is_told_of_in_the_trail(self, world):
        pack = built(world)

        told = AuditEvent.objects.get(subject=f"metrics.reviewpack:{pack.pk}")
        assert (told.action, told.vendor_id) == ("built", world.acme.pk)


class TestWorkbook:
    def test_numbers_are_numbers_and_stay_exact(self, world):
        rows = cells(bytes(copy_of(built(world)).xlsx))["KPIs"]

        head = rows[0]
        figures = [dict(zip(head, row, strict=True)) for row in rows[1:]]
        accuracy = [f for f in figures if f["Code"] == "accuracy"]
        assert [f["Actual"] for f in accuracy] == [96.0, 94.94, 94.996]
        assert [f["Exact value"] for f in accuracy] == ["96", "4747/50", "94.996"]

    @pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "\t=1"])
    def test_a_name_that_begins_like_a_formula_stays_a_text(self, world, name):
        Kpi.objects.filter(pk=world.kpi.pk).update(name=name)

        content = bytes(copy_of(built(world)).xlsx)

        sheets = cells(content)
        assert [row[2] for row in sheets["KPIs"][1:] if row[3] == "accuracy"] == [name] * 3
        assert formulas_in(content) == []

    def test_the_check_finds_a_formula_where_there_is_one(self):
        out = BytesIO()
        with Workbook(out, {"in_memory": True}) as workbook:
            workbook.add_worksheet("A").write(0, 0, "=1+1")

        assert formulas_in(out.getvalue()) == ["xl/worksheets/sheet1.xml"]

    def test_every_measured_kpi_has_a_chart_of_its_own_numbers(self, world):
        content = bytes(copy_of(built(world)).xlsx)

        charts = [name for name in names_in(content) if name.startswith("xl/charts/chart")]
        assert len(charts) == 2
        assert [row[3] for row in cells(content)["Trend data"][1:] if row[0] != "Answers in time"]


@pytest.mark.parametrize(
    "name", ['#panic("x")', '*bold* $x$ "quoted" \\', "<b>Ähnlich</b> & Söhne", "שלום עולם"]
)
def test_hostile_names_stay_names_in_both_files(world, name):
    world.acme.name = name
    world.acme.save()

    copy = copy_of(built(world))

    assert bytes(copy.pdf).startswith(b"%PDF-")
    assert cells(bytes(copy.xlsx))["Summary"][0][0] == name


def names_in(content: bytes) -> list[str]:
    with ZipFile(BytesIO(content)) as archive:
        return archive.namelist()


def formulas_in(content: bytes) -> list[str]:
    """The sheets of a workbook that hold a formula."""
    with ZipFile(BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return [name for name in sheets if b"<f>" in archive.read(name)]
