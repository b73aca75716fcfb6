"""No list asks the database more often because it is longer."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Contact, Vendor
from contracts.services.documents import document_store
from metrics.feeds.reading.child import events
from metrics.portfolio.importing import reading
from tests.factories import a_charge, a_contract, a_process, a_vendor, an_amendment

pytestmark = pytest.mark.django_db
MOST = 12


def a_portfolio(paula, first: int, count: int) -> None:
    """``count`` more of everything: v0 and its contract C0 have the most of what hangs below."""
    top = Vendor.objects.filter(code="v0").first() or a_vendor("v0")
    agreement = top.contracts.filter(reference="C0").first() or a_contract(top, "C0")
    for number in range(first, first + count):
        other = a_vendor(f"w{number}")
        a_process(a_contract(other, f"D{number}"), f"p{number}")
        other.certifications.create(standard="x", issued_on=date(2025, 1, 1))
        a_process(agreement, f"q{number}")
        an_amendment(agreement, number=number + 1)
        a_charge(agreement, date(2024 + number // 12, number % 12 + 1, 1), 100)
        Contact.objects.create(vendor=top, name=f"c{number}", phone="1")
        day = date(2025, 1, 1) + timedelta(days=number)
        top.certifications.create(standard="x", issued_on=day)
        for subject in (top, agreement):
            upload = SimpleUploadedFile("a.txt", b"words")
            document_store(upload=upload, subject=subject, uploaded_by=paula)


def asked(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


ADDRESSES = [
    "/vendors/?q=v",
    "/vendors/v0/record/",
    "/contracts/",
    "/contracts/C0/terms/",
    "/contracts/C0/charges/",
    "/contracts/C0/edit/",
    "/new/contract/",
    "/new/process/",
    "/processes/",
    "/certifications/",
    "/imports/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_asks_as_often_for_thirty_rows_as_for_three(procurement, paula, address):
    a_portfolio(paula, 0, 3)
    few = asked(procurement, address)
    a_portfolio(paula, 3, 30)

    many = asked(procurement, address)

    assert few == many <= MOST


def test_a_preview_does_too(procurement, monkeypatch):
    monkeypatch.setattr(reading, "read_file", events)

    def preview(count: int) -> str:
        rows = "".join(f"v{n},Vendor {n}\n" for n in range(count))
        file = SimpleUploadedFile("rows.csv", f"Code,Name\n{rows}".encode())
        given = {"kind": "vendors", "days": "iso", "encoding": "utf-8", "file": file}
        return procurement.post("/imports/", given)["Location"]

    few, many = (asked(procurement, preview(count)) for count in (3, 30))

    assert few == many <= MOST
