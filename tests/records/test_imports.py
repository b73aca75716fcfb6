from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import AuditEvent, Certification, Charge, Contact, Contract, Process, Vendor
from contracts.models.managed import ManagedBy
from metrics.feeds.reading import read_file
from metrics.feeds.storage import absolute
from metrics.models import RecordImport
from metrics.portfolio import importing
from metrics.portfolio.importing import KINDS, planning, reading
from tests.factories import a_charge, a_contract, a_process
from tests.feeds.reading.workbooks import parts, saved, sheet
from tests.pages.reading import text_of
from tests.records.importing import AC9, CONTRACT, applied, faults, sent, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]


class TestThePreview:
    def test_it_says_row_by_row_what_would_happen_and_writes_nothing(self, procurement, acme):
        same = "acme,Acme Analytics,,strategic,Dana Okafor"
        content = f"Code,Name,Country,Tier,Owner\nnew,New one,IE,,\n{same}\n"

        preview = sent(procurement, content)

        rows = preview.context["plan"].rows
        assert [(row.line, row.action) for row in rows] == [(2, "create"), (3, "unchanged")]
        assert list(Vendor.objects.all()) == [acme]

    def test_a_changed_row_shows_what_it_was_and_what_it_becomes(self, procurement, acme):
        preview = sent(procurement, "code,name,tier\nacme,Acme,important\n")

        (row,) = preview.context["plan"].rows
        assert row.differences == (
            ("Name", "Acme Analytics", "Acme"),
            ("Tier", "Strategic", "Important"),
        )
        assert "Acme Analytics → becomes Acme" in text_of(preview)

    def test_the_same_fault_is_told_once_with_its_lines(self, procurement):
        rows = "".join(f"v{n},Vendor {n},Ireland\n" for n in range(20))
        preview = sent(procurement, f"Code,Name,Country\n{rows}")

        (group,) = preview.context["groups"]
        assert (group.column, group.rule, group.hint) == (
            "Country",
            "is not a country code",
            "write two letters, such as IE",
        )
        assert group.lines == tuple(range(2, 22))
        assert preview.context["plan"].can_apply is False
        assert "Import all of it" not in text_of(preview)

    def test_rows_with_faults_are_taken_along_with_what_is_wrong(self, procurement):
        preview = sent(procurement, "Code,Name\nok,Fine\nn w,=Evil\n")

        content = procurement.get(f"{preview.wsgi_request.path}?rejects=csv").getvalue()

        told = (
            "Code 'n w' is not a code: use up to 63 letters, digits, dots, dashes and underscores"
        )
        told += ", no spaces"
        assert content.decode("utf-8-sig").splitlines() == [
            "Line,What is wrong,Code,Name",
            f'3,"{told}",n w,\'=Evil',
        ]


class TestApplying:
    CONTENT = "Code,Name\nnew,New one\nother,Other\n"

    def test_everything_is_done_at_once_and_told_of(self, procurement, paula):
        answer = applied(procurement, sent(procurement, self.CONTENT))

        assert "Imported: 2 new, 0 changed, 0 unchanged." in text_of(answer)
        assert set(Vendor.objects.values_list("code", "managed_by")) == {
            ("new", "person"),
            ("other", "person"),
        }
        assert RecordImport.objects.get().counts == {"create": 2}
        actions = [(e.actor, e.action) for e in AuditEvent.objects.order_by("id")]
        assert actions == [(paula, a) for a in ("sent in", "created", "created", "applied")]

    def test_it_is_not_done_twice(self, procurement):
        preview = sent(procurement, self.CONTENT)
        applied(procurement, preview)

        answer = procurement.post(preview.wsgi_request.path)

        assert answer.status_code == 409
        assert "was applied already" in answer.content.decode()

    def test_the_same_file_again_finds_nothing_to_do(self, procurement):
        applied(procurement, sent(procurement, self.CONTENT))

        preview = sent(procurement, self.CONTENT)

        assert "there is nothing to import" in text_of(preview)
        assert preview.context["plan"].can_apply is False

    def test_what_changed_since_the_preview_is_seen_and_nothing_is_done(self, procurement):
        preview = sent(procurement, self.CONTENT)
        Vendor.objects.create(code="other", name="Else", managed_by=ManagedBy.PORTFOLIO)

        answer = procurement.post(preview.wsgi_request.path)

        assert answer.status_code == 409
        assert "is managed by portfolio files" in answer.content.decode()
        assert not Vendor.objects.filter(code="new").exists()

    def test_what_a_service_refuses_undoes_the_rows_before_it(self, procurement, monkeypatch):
        preview = sent(procurement, "Code,Name\nnew,New\nbad," + "x" * 201 + "\n")
        assert preview.context["plan"].faults
        monkeypatch.setattr(planning._Rows, "_is_clean", lambda *_: True)

        answer = procurement.post(preview.wsgi_request.path)

        assert answer.status_code == 409
        assert "at most 200 characters" in answer.content.decode()
        assert not Vendor.objects.exists()

    def test_a_stored_file_that_was_altered_is_not_applied(self, procurement):
        preview = sent(procurement, self.CONTENT)
        absolute(RecordImport.objects.get().path).write_text("Code,Name\nevil,Evil\n")

        answer = procurement.post(preview.wsgi_request.path)

        assert "the stored file is not the one that was sent" in answer.content.decode()
        assert not Vendor.objects.exists()

    def test_a_column_that_is_not_there_leaves_what_is_there(self, procurement, acme):
        applied(procurement, sent(procurement, "Code,Name\nacme,Acme\n"))

        acme.refresh_from_db()
        assert (acme.name, acme.owner, acme.tier) == ("Acme", "Dana Okafor", "strategic")

    def test_an_empty_cell_empties_it(self, procurement, acme):
        applied(procurement, sent(procurement, "Code,Name,Owner\nacme,Acme,\n"))

        acme.refresh_from_db()
        assert acme.owner == ""


class TestEveryKind:
    def test_contracts_may_stand_under_one_of_an_earlier_row(self, procurement, acme):
        content = f"{CONTRACT},Stands under\nAC-8{AC9[4:]},\n{AC9},AC-8\n"

        applied(procurement, sent(procurement, content, "contracts"))

        found = Contract.objects.get(reference="AC-9")
        assert (found.vendor, found.parent.reference) == (acme, "AC-8")
        assert (found.pricing, found.currency) == ("per_item", "EUR")

    def test_contacts(self, procurement, acme):
        Contact.objects.create(vendor=acme, name="Ada", phone="1")
        content = "Vendor,Name,E-mail,Escalation\nacme,Ada,ada@example.com,yes\nacme,Bo,b@x.io,no\n"

        applied(procurement, sent(procurement, content, "contacts"))

        assert set(Contact.objects.values_list("name", "email", "phone", "is_escalation")) == {
            ("Ada", "ada@example.com", "1", True),
            ("Bo", "b@x.io", "", False),
        }

    def test_processes(self, procurement, agreement):
        content = "Code,Name,Nature,Contract\nclaims,Claims,knowledge,AC-1\ntax,Tax,volume,\n"

        applied(procurement, sent(procurement, content, "processes"))

        assert set(Process.objects.values_list("code", "nature", "contract__reference")) == {
            ("claims", "knowledge", "AC-1"),
            ("tax", "volume", None),
        }

    def test_certifications(self, procurement, acme):
        content = "Vendor,Standard,Issued on,Expires on\nacme,SOC 2,2026-01-01,\n"

        applied(procurement, sent(procurement, content, "certifications"))

        assert Certification.objects.get().issued_on == date(2026, 1, 1)

    def test_charges_in_the_currency_of_their_contract(self, procurement, agreement):
        a_process(agreement, "claims")
        a_charge(agreement, date(2026, 1, 1), 100)
        lines = [
            "AC-1,,2026-01-01,2026-01-31,2.5",
            "AC-1,claims,2026-01-01,2026-01-31,42000",
        ]
        content = "Contract,Process,First day,Last day,Amount\n" + "\n".join(lines)

        applied(procurement, sent(procurement, content, "charges"))

        assert set(Charge.objects.values_list("process__code", "amount_minor")) == {
            (None, 250),
            ("claims", 4_200_000),
        }

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_the_template_is_read_back_without_a_row(self, procurement, kind, form):
        template = procurement.get(f"/imports/templates/{kind}/?format={form}").getvalue()

        preview = sent(procurement, template, kind, f"template.{form}")

        assert faults(preview) == []
        assert preview.context["plan"].rows == []

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_example_of_the_template_is_one_that_works(self, procurement, kind):
        vendor = Vendor.objects.create(code="northwind", name="Northwind")
        if kind != "contracts":
            a_contract(vendor, "NW-2026-01")
        if kind == "vendors":
            Vendor.objects.all().update(code="other")
        columns = KINDS[kind].columns
        content = "\t".join(c.heading for c in columns) + "\n"
        content += "\t".join(c.example for c in columns) + "\n"

        preview = sent(procurement, content, kind)

        assert faults(preview) == []
        assert [row.action for row in preview.context["plan"].rows] == ["create"]

    def test_a_template_of_nothing_does_not_exist(self, procurement):
        assert procurement.get("/imports/templates/nothing/").status_code == 404
        assert procurement.get("/imports/templates/vendors/?format=pdf").status_code == 404


class TestWorkbooks:
    def test_days_and_numbers_are_what_people_see(self, procurement, acme):
        row = ("AC-9", "Claims", "acme", "order", "per_item", "EUR", "UTC", date(2026, 1, 1))
        headings = (*CONTRACT.split(","), "Renewal", "Renewal months")
        content = workbook(headings, (*row, "express", 12))

        applied(procurement, sent(procurement, content, "contracts", "book.xlsx"))

        found = Contract.objects.get()
        assert (found.first_day, found.renewal_months) == (date(2026, 1, 1), 12)

    def test_its_name_does_not_matter(self, procurement):
        content = workbook(("Code", "Name"), ("new", "New one"))

        applied(procurement, sent(procurement, content, name="rows.csv"))

        assert Vendor.objects.get().name == "New one"

    def test_a_formula_without_a_result_is_not_an_empty_cell(self, procurement, tmp_path):
        texts = "".join(f'<c t="str"><v>{text}</v></c>' for text in ("Code", "Name"))
        header = f'<row r="1">{texts}</row>'
        row = '<row r="2"><c t="str"><v>new</v></c><c><f>A1</f></c></row>'
        book = saved(tmp_path / "book.xlsx", parts(sheet(row, head=header)))

        (fault,) = faults(sent(procurement, book.read_bytes(), name="book.xlsx"))

        assert fault[0] == 2
        assert fault[3] == "the formula has no stored result"


class TestTheForm:
    def test_an_empty_file_is_refused_at_once(self, procurement):
        given = {"kind": "vendors", "days": "iso", "encoding": "utf-8"}
        answer = procurement.post("/imports/", given | {"file": SimpleUploadedFile("a.csv", b"")})

        assert "is empty: choose the file again" in text_of(answer)
        assert not RecordImport.objects.exists()

    def test_one_that_is_too_large_is_refused(self, procurement, monkeypatch):
        monkeypatch.setattr(importing.applying, "LARGEST", 10)
        given = {"kind": "vendors", "days": "iso", "encoding": "utf-8"}
        file = SimpleUploadedFile("a.csv", b"x" * 11)

        assert "more than 10" in text_of(procurement.post("/imports/", given | {"file": file}))

    def test_too_many_rows_are_refused(self, procurement, monkeypatch):
        monkeypatch.setattr(reading, "MOST_ROWS", 2)
        preview = sent(procurement, "Code,Name\na,x\nb,x\nc,x\n")

        assert faults(preview)[0][3] == "the file has more than 2 rows"

    @pytest.mark.parametrize(
        ("days", "cell", "is_read"),
        [
            ("day-first", "03/04/2026", True),
            ("iso", "03/04/2026", False),
            ("month-first", "31/12/2026", False),
            ("day-first", "2026-04-03", True),
        ],
    )
    def test_how_days_are_written_is_said_and_not_guessed(
        self, procurement, acme, days, cell, is_read
    ):
        content = f"Vendor,Standard,Issued on\nacme,SOC 2,{cell}\n"
        preview = sent(procurement, content, "certifications", days=days)

        rows = preview.context["plan"].rows
        assert [row.values["issued_on"] for row in rows] == [date(2026, 4, 3)] * is_read
        assert bool(preview.context["plan"].faults) is not is_read

    @pytest.mark.parametrize("sign", [",", ";", "\t"])
    def test_the_separator_is_the_headers(self, procurement, sign):
        preview = sent(procurement, f"Code{sign}Name\na{sign}x\n")

        assert faults(preview) == []

    def test_letters_of_windows_are_read_when_they_are_declared(self, procurement):
        content = "Code,Name\na,Café\n".encode("cp1252")
        applied(procurement, sent(procurement, content, encoding="cp1252"))

        assert Vendor.objects.get().name == "Café"

    def test_a_name_is_only_shown(self, procurement):
        preview = sent(procurement, "Code,Name\na,x\n", name="<img onerror=x>.csv")

        assert b"<img onerror" not in preview.content
        assert "img onerror" in preview.content.decode()


class TestWhoMayLook:
    def test_a_number_that_is_none_does_not_exist(self, procurement):
        assert procurement.get("/imports/999/").status_code == 404

    @pytest.mark.parametrize("who", ["analyst", "alice"])
    def test_others_do_not_find_it(self, request, procurement, who):
        address = sent(procurement, "Code,Name\na,x\n").wsgi_request.path

        assert request.getfixturevalue(who).get(address).status_code == 404


def test_the_file_is_read_in_a_child_that_may_be_killed(procurement, monkeypatch):
    asked = []
    monkeypatch.setattr(reading, "read_file", lambda job: asked.append(job) or read_file(job))

    preview = sent(procurement, "Code,Name\na,x\n")

    assert [row.action for row in preview.context["plan"].rows] == ["create"]
    (job,) = asked
    assert (job.task, job.limits.memory, job.limits.cpu_s) == ("table", 512 << 20, 20)
