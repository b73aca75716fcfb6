"""Registering a vendor and a contract, and importing a table that has to be mended first."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from contracts.models import Contract, Document, User, Vendor
from contracts.services.contacts import contact_create
from contracts.services.documents import document_store
from contracts.services.saved_views import saved_view_keep
from tests.browser.conftest import Opened, assert_pleasant
from tests.factories import a_charge, a_contract, a_process, a_user, a_vendor

WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False])
BROKEN = b"Code,Name,Country\nnorthwind,Northwind Services,Ireland\nbolt,Bolt Services,IE\n"


@pytest.fixture
def paula() -> User:
    return a_user("paula", User.Role.PROCUREMENT)


@WITH_AND_WITHOUT
def test_a_vendor_and_its_contract_are_registered(opened: Opened, paula, javascript):
    page = opened(paula, javascript=javascript)
    page.goto("/vendors/")
    page.get_by_role("link", name="Register a vendor").click()
    page.get_by_label("Code").fill("northwind")
    page.get_by_label("Name").fill("Northwind Services")
    page.get_by_label("Tier").select_option("Important")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Northwind Services is registered.")).to_be_visible()

    page.get_by_role("link", name="Register a contract").click()
    page.get_by_label("Reference").fill("NW-1")
    page.get_by_label("Title").fill("Claims handling")
    page.get_by_label("First day").fill("2026-01-01")
    page.get_by_label("Last day of the first term").fill("2098-12-31")
    page.get_by_label("How long before the end of a term").fill("3")
    page.get_by_label("Days, weeks or months").select_option("Months")
    page.get_by_role("button", name="Show the day to act by").click()
    expect(page.get_by_text("Last day to serve notice: 30 September 2098")).to_be_visible()
    assert not Contract.objects.exists()
    page.get_by_role("button", name="Register").click()

    expect(page.get_by_text("Claims handling is registered.")).to_be_visible()
    assert Contract.objects.get().vendor == Vendor.objects.get()


@WITH_AND_WITHOUT
def test_a_table_is_mended_and_imported(opened: Opened, paula, javascript):
    page = opened(paula, javascript=javascript)
    page.goto("/imports/")
    _send(page, BROKEN)
    expect(page.get_by_text("Nothing can be imported yet: 1 fault.")).to_be_visible()
    expect(page.get_by_role("cell", name="write two letters, such as IE")).to_be_visible()
    expect(page.get_by_role("button", name="Import all of it")).to_have_count(0)
    page.get_by_role("link", name="send it again").click()

    _send(page, BROKEN.replace(b"Ireland", b"IE"))
    page.get_by_role("button", name="Import all of it").click()

    expect(page.get_by_text("Imported: 2 new, 0 changed, 0 unchanged.")).to_be_visible()
    assert set(Vendor.objects.values_list("code", "country")) == {
        ("northwind", "IE"),
        ("bolt", "IE"),
    }


def _send(page: Page, content: bytes) -> None:
    file = {"name": "vendors.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Show the preview").click()


@WITH_AND_WITHOUT
def test_a_document_is_attached_and_taken_back_out(opened: Opened, paula, javascript):
    a_vendor("acme", name="Acme")
    page = opened(paula, javascript=javascript)
    page.goto("/vendors/acme/record/")
    page.get_by_text("Attach a document", exact=True).click()
    file = {"name": "terms.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Attach").click()
    expect(page.get_by_text("is attached to Acme.")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="terms.pdf", exact=True).click()
    assert download.value.suggested_filename == "terms.pdf"
    assert Document.objects.get().vendor == Vendor.objects.get()


@WITH_AND_WITHOUT
def test_filters_are_saved_under_a_name(opened: Opened, paula, javascript):
    a_contract(a_vendor("acme", name="Acme"), "AC-1")
    page = opened(paula, javascript=javascript)
    page.goto("/contracts/?q=ac-")
    page.get_by_text("Save these filters", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The view “Mine” is saved.")).to_be_visible()

    page.goto("/contracts/")
    page.get_by_role("link", name="Mine").click()

    expect(page.get_by_label("Title or reference")).to_have_value("ac-")


PAGES = [
    "/vendors/?q=acme",
    "/vendors/acme/record/",
    "/vendors/acme/edit/",
    "/contracts/?kind=order",
    "/contracts/AC-1/terms/",
    "/contracts/AC-1/charges/",
    "/contracts/AC-1/archive/",
    "/new/contract/",
    "/processes/",
    "/certifications/",
    "/imports/",
    "{preview}",
]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light")])
def test_its_pages_are_pleasant(opened: Opened, paula, width, scheme):
    _something_everywhere(paula)
    page = opened(paula, width=width, scheme=scheme)
    page.goto("/imports/")
    _send(page, BROKEN)
    preview = page.url

    for address in PAGES:
        page.goto(address.format(preview=preview))
        assert_pleasant(page)


def _something_everywhere(paula: User) -> None:
    acme = a_vendor("acme", name="Acme Analytics")
    agreement = a_contract(acme, "AC-1", kind="order")
    a_process(agreement, "claims")
    a_charge(agreement, date(2026, 3, 1), 100_000)
    contact_create(vendor=acme, name="Ada", email="ada@example.com", is_escalation=True)
    acme.certifications.create(
        standard="SOC 2", issued_on=date(2020, 1, 1), expires_on=date(2021, 1, 1)
    )
    for subject in (acme, agreement):
        upload = SimpleUploadedFile("terms.pdf", b"%PDF-1.7 x")
        document_store(upload=upload, subject=subject, is_internal=True, uploaded_by=paula)
    saved_view_keep(owner=paula, page="contracts", name="Orders", query="kind=order")
