from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contracts.models import Certification, Document
from contracts.models.certifications import Standing
from contracts.selectors.certifications import (
    certifications_list,
    certifications_running_out,
    standing_condition,
)
from contracts.selectors.scope import EVERYTHING
from contracts.services.documents import document_archive, document_store
from tests.factories import NOW
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 4, 20)
CASES = [
    ("expired yesterday", date(2023, 1, 1), TODAY - timedelta(days=1), Standing.EXPIRED),
    ("last day today", date(2023, 1, 1), TODAY, Standing.RUNNING_OUT),
    ("ninety days", date(2023, 1, 1), TODAY + timedelta(days=90), Standing.RUNNING_OUT),
    ("ninety-one days", date(2023, 1, 1), TODAY + timedelta(days=91), Standing.VALID),
    ("no end", date(2023, 1, 1), None, Standing.VALID),
    ("from tomorrow", TODAY + timedelta(days=1), None, Standing.FUTURE),
    ("from today", TODAY, None, Standing.VALID),
    ("soon and short", TODAY + timedelta(days=1), TODAY + timedelta(days=9), Standing.FUTURE),
]


@pytest.mark.parametrize(("name", "issued", "expires", "standing"), CASES)
def test_where_a_certification_stands(acme, name, issued, expires, standing):
    made = Certification.objects.create(
        vendor=acme, standard=name, issued_on=issued, expires_on=expires
    )

    assert made.standing(TODAY) == standing
    for each in Standing:
        found = Certification.objects.filter(standing_condition(each, today=TODAY))
        assert found.exists() == (each == standing)


def test_what_runs_out_first_stands_first_and_what_never_does_last(acme):
    for name, issued, expires, _ in CASES[:5]:
        acme.certifications.create(standard=name, issued_on=issued, expires_on=expires)

    names = [each.standard for each in certifications_list(EVERYTHING)]
    running_out = certifications_running_out(EVERYTHING, today=TODAY)

    assert names == [name for name, *_ in CASES[:5]]
    assert [each.standard for each in running_out] == [name for name, *_ in CASES[:3]]


def test_archived_ones_and_those_of_archived_vendors_are_left_out(acme, bolt):
    acme.certifications.create(standard="x", issued_on=TODAY, archived_at=NOW)
    bolt.certifications.create(standard="y", issued_on=TODAY)
    bolt.archived_at = NOW
    bolt.save()

    assert list(certifications_list(EVERYTHING)) == []


GIVEN = {"standard": "ISO/IEC 27001:2022", "issued_on": "2025-04-01", "expires_on": "2028-03-31"}


@pytest.fixture
def certificate(acme, paula):
    upload = SimpleUploadedFile("certificate.pdf", b"%PDF-1.7 x")
    return document_store(upload=upload, subject=acme, is_internal=True, uploaded_by=paula)


class TestKeepingThem:
    @pytest.mark.parametrize("who", ["officer", "procurement"])
    def test_one_is_registered_with_its_evidence(self, request, who, acme, certificate):
        client = request.getfixturevalue(who)
        client.post("/vendors/acme/certifications/new/", GIVEN | {"evidence": certificate.pk})

        made = Certification.objects.get()
        assert (made.vendor, made.evidence, made.expires_on) == (
            acme,
            certificate,
            date(2028, 3, 31),
        )

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"expires_on": "2025-03-31"}, "This lies before 2025-04-01, when it was issued."),
            ({}, "This certification of that day is registered already."),
            ({"issued_on": ""}, "This field is required."),
        ],
    )
    def test_what_is_wrong_is_said(self, officer, acme, given, said):
        acme.certifications.create(standard="ISO/IEC 27001:2022", issued_on=date(2025, 4, 1))

        answer = officer.post("/vendors/acme/certifications/new/", GIVEN | given)

        assert said in text_of(answer)
        assert Certification.objects.count() == 1

    def test_evidence_of_another_vendor_is_no_choice(self, officer, bolt, certificate):
        answer = officer.post(
            "/vendors/bolt/certifications/new/", GIVEN | {"evidence": certificate.pk}
        )

        assert "Select a valid choice" in text_of(answer)
        assert not Certification.objects.exists()

    def test_one_is_changed_and_archived(self, officer, acme):
        made = acme.certifications.create(standard="x", issued_on=TODAY)
        address = f"/certifications/{made.pk}/edit/"
        seen = officer.get(address).context["form"].initial["seen"]
        officer.post(address, GIVEN | {"seen": seen})
        made.refresh_from_db()
        assert made.standard == "ISO/IEC 27001:2022"

        officer.post(f"/certifications/{made.pk}/archive/", {"reason": "replaced"})
        made.refresh_from_db()
        assert made.archived_at is not None


class TestTheList:
    @pytest.fixture(autouse=True)
    def certified(self, acme, bolt, certificate):
        today = timezone.now().date()
        acme.certifications.create(
            standard="SOC 2",
            issued_on=date(2020, 1, 1),
            expires_on=today + timedelta(days=5),
            evidence=certificate,
        )
        bolt.certifications.create(standard="ISO 9001", issued_on=date(2020, 1, 1))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["SOC 2", "ISO 9001"]),
            ("?q=soc", ["SOC 2"]),
            ("?standing=running+out", ["SOC 2"]),
            ("?standing=valid", ["ISO 9001"]),
            ("?vendor=bolt", ["ISO 9001"]),
            ("?vendor=bolt&q=soc", []),
        ],
    )
    def test_the_address_says_what_is_shown(self, analyst, query, found):
        rows = analyst.get(f"/certifications/{query}").context["rows"]

        assert [row.certification.standard for row in rows] == found

    def test_a_vendor_sees_its_own_without_evidence_that_is_kept_from_it(self, alice, bob):
        seen = alice.get("/certifications/").content.decode()
        assert "SOC 2" in seen
        assert "certificate.pdf" not in seen
        assert f"/documents/{Document.objects.get().pk}/" not in seen
        assert "SOC 2" not in bob.get("/certifications/").content.decode()

    def test_evidence_that_was_put_away_is_offered_no_more(self, analyst, certificate):
        assert f"/documents/{certificate.pk}/" in analyst.get("/certifications/").content.decode()

        document_archive(document=certificate, subject=certificate.vendor, as_of=NOW)

        page = analyst.get("/certifications/").content.decode()
        assert f"/documents/{certificate.pk}/" not in page

    def test_the_file_holds_what_is_filtered(self, analyst):
        content = analyst.get("/certifications/?vendor=acme&export=csv").getvalue()
        lines = content.decode("utf-8-sig").splitlines()

        assert len(lines) == 2
        assert lines[1].endswith(",5,running out")
