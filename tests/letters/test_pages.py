"""The pages of letters: written, previewed, made, downloaded, served; each side sees its own."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from metrics.models import Letter, LetterTemplate
from tests.casework.world import World
from tests.letters.reading import docx_text, pdf_text

pytestmark = pytest.mark.django_db
LATER = date(2099, 1, 31)


def browser(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.people[name])
    return client


def written(world: World, **given) -> Letter:
    said = {"kind": "plan_demand", "paragraph": "Call us.", "answer_by": LATER, "make": ""}
    address = reverse("case-letter", args=[world.case.pk])
    answer = browser(world, "operations").post(address, said | given)
    assert answer.status_code == 302, answer.context["form"].errors
    return Letter.objects.latest("pk")


def test_a_letter_is_previewed_before_it_is_made(world: World):
    client, address = browser(world, "operations"), reverse("case-letter", args=[world.case.pk])
    assert "Write a letter" in client.get(reverse("case", args=[world.case.pk])).text

    answer = client.post(address, {"kind": "plan_demand", "paragraph": "<b>Now</b>", "preview": ""})

    assert "service level of Forecast accuracy was missed" in answer.text
    assert "&lt;b&gt;Now&lt;/b&gt;" in answer.text
    assert "Make the letter" in answer.text
    assert not Letter.objects.exists()


def test_both_files_download_as_they_were_made(world: World):
    letter = written(world)
    client = browser(world, "analyst")

    pdf, docx = (
        client.get(reverse("letter-file", args=[letter.pk, kind])) for kind in ("pdf", "docx")
    )

    assert "Call us." in pdf_text(pdf.content)
    assert "Call us." in docx_text(docx.content)
    assert pdf["X-Content-Type-Options"] == "nosniff"
    assert f'filename="plan_demand-ac-1-{letter.pk}.docx"' in docx["Content-Disposition"]
    assert client.get(reverse("letter-file", args=[letter.pk, "exe"])).status_code == 404


def test_service_is_noted_and_the_vendor_sees_the_letter_then(world: World):
    letter = written(world)
    address = reverse("letter", args=[letter.pk])
    alice, bob = browser(world, "alice"), browser(world, "bob")
    assert alice.get(address).status_code == 404

    proof = SimpleUploadedFile("receipt.txt", b"signed for", "text/plain")
    said = {"served_on": timezone.now().date(), "way": "courier", "evidence": proof}
    answer = browser(world, "operations").post(reverse("letter-serve", args=[letter.pk]), said)

    assert answer.status_code == 302
    page = alice.get(address).text
    assert "Served" in page
    assert "Proof of service" not in page
    assert "by the buyer" in page
    assert letter.subject in alice.get(reverse("letters")).text
    assert letter.subject in alice.get(reverse("case", args=[world.case.pk])).text
    assert bob.get(address).status_code == 404
    assert letter.subject not in bob.get(reverse("letters")).text
    assert bob.get(reverse("letter-file", args=[letter.pk, "pdf"])).status_code == 404


@pytest.mark.parametrize("name", ["analyst", "compliance", "alice", "bob"])
def test_others_write_and_serve_none(world: World, name: str):
    letter, client = written(world), browser(world, name)

    for address in (
        reverse("case-letter", args=[world.case.pk]),
        reverse("contract-letter", args=["AC-1"]),
        reverse("letter-serve", args=[letter.pk]),
        reverse("letter-wordings"),
    ):
        assert client.get(address).status_code == 404, address


def test_a_notice_is_written_from_the_contract(world: World):
    contract = world.kpi.contract
    contract.last_day, contract.notice_length, contract.notice_unit = LATER, 3, "months"
    contract.save()
    client = browser(world, "procurement")
    address = reverse("contract-letter", args=["AC-1"])
    assert "Notice of non-renewal" in client.get(address).text

    client.post(address, {"kind": "non_renewal", "make": ""})

    assert "31 October 2098" in Letter.objects.get().copy.text


def test_a_wording_of_ones_own_is_kept_and_a_wrong_one_is_told(world: World):
    client = browser(world, "procurement")
    address = reverse("letter-wording-new") + "?kind=plan_demand"
    assert "{{ kpi }}" in client.get(address).text
    given = {"kind": "plan_demand", "valid_from": "2026-01-01", "subject": "Fix {{ kpi }}"}

    wrong = client.post(address, given | {"body": "{{ nonsense }}"})
    client.post(address, given | {"body": "Now. {{ paragraph }}"})

    assert "is no field of this letter" in wrong.text
    assert LetterTemplate.objects.get().subject == "Fix {{ kpi }}"
    assert written(world).subject == "Fix Forecast accuracy"


def test_the_list_downloads_what_is_filtered(world: World):
    written(world)
    client = browser(world, "analyst")

    table = client.get(reverse("letters"), {"export": "csv", "state": "draft"})

    assert b"Corrective action plan for Forecast accuracy" in b"".join(table.streaming_content)
