import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from contracts.models import AuditEvent, Document, User
from contracts.selectors.documents import documents_of
from contracts.selectors.scope import Scope, visible_to
from contracts.services import documents
from contracts.services.auditing import subject_of
from contracts.services.documents import document_path, document_store
from tests.factories import a_user, a_vendor

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n"


def a_zip(*names: str, **contents: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
        for name, content in contents.items():
            archive.writestr(name, content)
    return packed.getvalue()


def a_file(content: bytes = PDF, name: str = "terms.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def files_on_disk(settings) -> set[Path]:
    root = Path(settings.MEDIA_ROOT) / "documents"
    return {each for each in root.rglob("*") if each.is_file()}


def kept_and_failed(vendor, paula):
    """A document whose service did its part before what is around it failed."""
    with contextlib.suppress(RuntimeError), transaction.atomic():
        found = document_store(upload=a_file(), subject=vendor, uploaded_by=paula)
        assert document_path(found).is_file()
        raise RuntimeError


@pytest.fixture
def vendor():
    return a_vendor("acme", name="Acme Analytics")


@pytest.fixture
def paula():
    return a_user("paula", User.Role.PROCUREMENT)


@pytest.fixture
def kept(vendor, paula):
    return document_store(upload=a_file(), subject=vendor, uploaded_by=paula)


ODS = b"application/vnd.oasis.opendocument.spreadsheet"


@pytest.mark.parametrize(
    ("content", "name", "kind", "filename"),
    [
        (PDF, "terms.pdf", "application/pdf", "terms.pdf"),
        (PDF, "setup.exe", "application/pdf", "setup.exe.pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "stamp.png", "image/png", "stamp.png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "scan.JPEG", "image/jpeg", "scan.JPEG"),
        (a_zip("xl/workbook.xml"), "fees.xlsx", "spreadsheetml.sheet", "fees.xlsx"),
        (a_zip("word/document.xml"), "fees.zip", "wordprocessingml.document", "fees.zip.docx"),
        (a_zip(mimetype=ODS), "a.ods", ODS.decode(), "a.ods"),
        (a_zip("scans/1.png"), "scans.zip", "application/zip", "scans.zip"),
        (b"a;b\n1;2\n", "rates.csv", "text/csv", "rates.csv"),
        (b"From: a@example.com\nSubject: x\n\nhi", "mail.eml", "message/rfc822", "mail.eml"),
        (b"not a letter", "mail.eml", "text/plain", "mail.eml.txt"),
        ("grüße".encode(), "note.txt", "text/plain", "note.txt"),
        (b"plain", "page.html", "text/plain", "page.html.txt"),
        (b"plain", "..\\..\\evil.txt", "text/plain", "evil.txt"),
        (b"plain", "a\x1b[31m\r\n.txt", "text/plain", "a_[31m__.txt"),
    ],
)
def test_a_file_is_what_its_content_says(vendor, paula, content, name, kind, filename):
    upload = a_file(content)
    upload._name = name  # as a hostile client sends it
    found = document_store(upload=upload, subject=vendor, uploaded_by=paula)

    assert (
        found.kind.removeprefix("application/vnd.openxmlformats-officedocument."),
        found.filename,
    ) == (kind, filename)
    assert document_path(found).read_bytes() == content
    assert filename not in found.path


def large_directory() -> bytes:
    """An end record that announces more members than are ever read."""
    return b"PK\x03\x04" + b"PK\x05\x06" + b"\0" * 6 + b"\xff\xfe" + b"\0" * 10


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.pdf", "'empty.pdf' is empty: choose the file again."),
        (b"MZ\x90\x00", "terms.pdf", "'terms.pdf' is a program."),
        (b"\x7fELF\x02", "a.txt", "is a program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old.xls", "save it without a password as .xlsx"),
        (a_zip("xl/workbook.xml", "xl/vbaProject.bin"), "m.xlsx", "holds macros"),
        (a_zip("a")[:-30], "cut.zip", "is a damaged archive: send it again"),
        (large_directory(), "many.zip", "holds more than 5,000 files: split it"),
        (b"<!DOCTYPE html><script>", "page.txt", "is a web page, a drawing or a script"),
        (b"\xef\xbb\xbf \n<svg onload=x>", "drawing.txt", "is a web page, a drawing or a script"),
        (b"#!/bin/sh\n", "run.txt", "is a web page, a drawing or a script"),
        (b"\x00\x01\x02", "x.csv", "'x.csv' is of no type that is kept here: send PDF, PNG"),
    ],
)
def test_another_file_is_refused_with_the_way_out(vendor, paula, settings, content, name, said):
    before = files_on_disk(settings)

    with pytest.raises(ValidationError) as refused:
        document_store(upload=a_file(content, name), subject=vendor, uploaded_by=paula)

    assert said in refused.value.messages[0]
    assert files_on_disk(settings) == before
    assert not Document.objects.exists()


def test_a_file_over_the_bound_is_refused(vendor, paula, monkeypatch):
    monkeypatch.setattr(documents, "LARGEST", 1 << 20)
    upload = a_file(PDF + b" " * (1 << 20))

    with pytest.raises(ValidationError, match=r"has 1\.0 MiB, and a document may have 1"):
        document_store(upload=upload, subject=vendor, uploaded_by=paula)


@pytest.mark.django_db(transaction=True)
class TestTheFileGoesWithItsTransaction:
    def test_it_stays_once_committed(self, kept):
        assert document_path(kept).read_bytes() == PDF

    def test_it_leaves_when_the_row_is_refused(self, vendor, paula, settings):
        before = files_on_disk(settings)

        with pytest.raises(ValidationError):
            document_store(upload=a_file(), subject=vendor, title="x" * 201, uploaded_by=paula)

        assert files_on_disk(settings) == before

    def test_it_leaves_when_what_is_around_it_fails_later(self, vendor, paula, settings):
        before = files_on_disk(settings)

        kept_and_failed(vendor, paula)

        assert files_on_disk(settings) == before
        assert not Document.objects.exists()

    def test_without_the_owner_of_unsettled_files_it_would_stay(
        self, vendor, paula, settings, monkeypatch
    ):
        monkeypatch.setattr(documents._Unsettled, "__init__", lambda self, path: None)
        monkeypatch.setattr(documents._Unsettled, "settle", lambda self: None)
        before = files_on_disk(settings)

        kept_and_failed(vendor, paula)

        assert len(files_on_disk(settings) - before) == 1


def test_the_trail_of_the_record_tells_of_it(kept, vendor):
    event = AuditEvent.objects.get()

    assert (event.subject, event.action) == (subject_of(vendor), "attached a document to")
    assert event.changes == {"document": ["", "terms.pdf"], "SHA-256": ["", kept.sha256]}
    assert event.vendor == vendor


class TestWhoSeesIt:
    def test_its_vendor_sees_what_is_shared_and_never_what_is_internal(self, vendor, paula, kept):
        inside = document_store(
            upload=a_file(), subject=vendor, is_internal=True, uploaded_by=paula
        )
        alice = Scope(frozenset({vendor.pk}))
        bob = Scope(frozenset({a_vendor("bolt").pk}))

        assert list(documents_of(vendor, visible_to(paula))) == [inside, kept]
        assert list(documents_of(vendor, alice)) == [kept]
        assert list(documents_of(vendor, bob)) == []

    @pytest.mark.parametrize(("who", "status"), [("ana", 200), ("alice", 200), ("bob", 404)])
    def test_the_download_is_cut_the_same_way(self, vendor, kept, who, status):
        role = User.Role.ANALYST if who == "ana" else User.Role.VENDOR
        of = {"ana": (), "alice": (vendor,), "bob": (a_vendor("bolt"),)}[who]
        client = Client()
        client.force_login(a_user(who, role, of))

        answer = client.get(reverse("document", args=[kept.pk]))
        answer.close()

        assert answer.status_code == status

    @pytest.mark.parametrize(("who", "told"), [("ana", "paula"), ("alice", "the buyer")])
    def test_the_vendor_reads_no_name_of_the_buyers_people(self, client, vendor, kept, who, told):
        role = User.Role.VENDOR if who == "alice" else User.Role.ANALYST
        client.force_login(a_user(who, role, (vendor,) if who == "alice" else ()))

        page = client.get("/vendors/acme/record/").content.decode()

        assert f'<span class="sub">{told}</span>' in page

    def test_an_internal_document_is_missing_even_to_its_vendor(self, vendor, paula):
        inside = document_store(
            upload=a_file(), subject=vendor, is_internal=True, uploaded_by=paula
        )
        client = Client()
        client.force_login(a_user("alice", User.Role.VENDOR, (vendor,)))

        assert client.get(reverse("document", args=[inside.pk])).status_code == 404
        assert client.get(reverse("document", args=[10**18])).status_code == 404


def test_a_download_never_runs_here(client, paula, kept):
    client.force_login(paula)

    answer = client.get(reverse("document", args=[kept.pk]))

    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="terms.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox"


class TestTheForm:
    def test_it_attaches_and_returns_to_the_record(self, client, paula, vendor):
        client.force_login(paula)
        address = reverse("document-add", args=[subject_of(vendor)])

        answer = client.post(address, {"file": a_file(), "title": "Signed", "is_internal": "on"})

        assert answer["Location"] == "/vendors/acme/record/#documents"
        document = Document.objects.get()
        assert (document.title, document.is_internal, document.uploaded_by) == (
            "Signed",
            True,
            paula,
        )

    def test_it_says_what_is_wrong_and_keeps_the_title(self, client, paula, vendor):
        client.force_login(paula)
        address = reverse("document-add", args=[subject_of(vendor)])

        body = client.post(address, {"file": a_file(b"MZ"), "title": "Signed"}).content.decode()

        assert "is a program" in body
        assert 'value="Signed"' in body

    @pytest.mark.parametrize(
        "subject",
        [
            "contracts.vendor:0",
            "contracts.vendor:x",
            "contracts.user:1",
            "no.such:1",
            "vendor",
            "contracts.vendor:99999999999999999999",
        ],
    )
    def test_it_is_missing_for_what_holds_no_documents(self, client, paula, vendor, subject):
        client.force_login(paula)

        assert client.get(f"/new/document/{subject}/").status_code == 404

    def test_vendor_users_attach_nothing_to_their_company(self, client, vendor):
        client.force_login(a_user("alice", User.Role.VENDOR, (vendor,)))
        address = reverse("document-add", args=[subject_of(vendor)])

        assert client.get(address).status_code == 404
        assert client.post(address, {"file": a_file()}).status_code == 404

    def test_putting_away_keeps_the_file(self, client, paula, vendor, kept):
        client.force_login(paula)

        client.post(reverse("document-archive", args=[kept.pk]))

        assert list(documents_of(vendor, visible_to(paula))) == []
        assert document_path(kept).exists()
        assert AuditEvent.objects.latest("id").action == "put away a document of"
