"""Commentary: on the figure, on the card, from both sides."""

import pytest

from contracts.models import User
from metrics.models import Commentary
from tests.factories import a_figure, a_kpi, a_user
from tests.pages.conftest import MARCH, signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
FIGURE = "/kpis/accuracy/2026-03-01/"
OURS, NOTE = f"{FIGURE}commentary/ours/", f"{FIGURE}commentary/internal/"


@pytest.fixture
def dana(portfolio):
    return signed_in(a_user("dana", User.Role.PROCUREMENT))


def said(client, text: str, address: str = OURS, seen: int = 0):
    return client.post(address, {"text": text, "seen": seen}, follow=True)


def test_what_is_written_stands_on_the_figure_and_on_the_card(dana):
    said(dana, "The warehouse was flooded.")

    for address in (FIGURE, "/contracts/AC-1/", "/vendors/acme/"):
        assert "The warehouse was flooded." in text_of(dana.get(address)), address


def test_each_side_speaks_for_itself_and_both_are_read(dana, alice):
    said(dana, "Please explain.")
    said(alice, "Our forecast model broke.")

    told = text_of(alice.get("/contracts/AC-1/"))
    assert "Buyer · dana" in told
    assert "Vendor · alice" in told
    assert list(Commentary.objects.order_by("id").values_list("side", flat=True)) == [
        "buyer",
        "vendor",
    ]


@pytest.mark.parametrize(
    "address", [FIGURE, f"{FIGURE}commentary/", OURS, "/contracts/AC-1/", "/vendors/acme/"]
)
def test_an_internal_note_never_reaches_the_vendor(dana, alice, address):
    said(dana, "We look for another vendor.", NOTE)

    if address != OURS:
        assert "We look for another vendor." in text_of(dana.get(address))
    assert "another vendor" not in text_of(alice.get(address))
    assert b"another vendor" not in b"".join(alice.get("/contracts/AC-1/scorecard.csv"))
    assert b"another vendor" in b"".join(dana.get("/contracts/AC-1/scorecard.csv"))


def test_a_vendor_finds_no_page_for_internal_notes(alice):
    assert alice.get(NOTE).status_code == 404
    assert alice.post(NOTE, {"text": "x", "seen": 0}).status_code == 404
    assert not Commentary.objects.exists()


@pytest.mark.parametrize("address", [f"{FIGURE}commentary/", OURS])
def test_another_vendor_finds_nothing(bob, address):
    assert bob.get(address).status_code == 404


def test_a_reader_without_the_duty_reads_and_does_not_write(analyst):
    assert analyst.get(f"{FIGURE}commentary/").status_code == 200
    assert analyst.get(OURS).status_code == 404
    assert "Commentary missing" not in text_of(analyst.get("/contracts/AC-1/"))


def test_missing_commentary_on_a_red_figure_is_marked_for_those_who_may_write_it(dana, alice):
    for client in (dana, alice):
        told = text_of(client.get("/contracts/AC-1/"))
        assert "Commentary missing on 1 red figure" in told
        assert "Commentary missing 2026-03 · Write commentary on Forecast accuracy" in told
    said(alice, "Our forecast model broke.")
    assert "Commentary missing" not in text_of(dana.get("/contracts/AC-1/"))


def test_nothing_is_missing_on_a_figure_that_was_met_or_still_runs(dana, portfolio):
    running = a_kpi(portfolio.contract, "running")
    a_figure(running, MARCH, "10", "BELOW_MINIMUM", period={"phase": "running"})

    told = text_of(dana.get("/contracts/AC-1/?period=2026-03"))

    assert "Commentary missing on 1 red figure" in told


def test_whoever_was_overtaken_keeps_their_text_and_reads_the_other(dana):
    said(dana, "First words.")
    tom = signed_in(a_user("tom", User.Role.OPERATIONS))

    answer = said(tom, "My words.", seen=0)

    told = text_of(answer)
    assert "dana wrote version 1 while you were writing" in told
    assert ">\nMy words.</textarea>" in answer.content.decode()
    assert "First words." in told
    assert 'name="seen" value="1"' in answer.content.decode()
    said(tom, "My words.", seen=1)
    assert Commentary.objects.count() == 2


def test_markup_in_a_text_is_shown_and_never_run(dana):
    said(dana, "<script>alert(1)</script>\n\nSecond paragraph")

    for address in (FIGURE, "/contracts/AC-1/"):
        page = dana.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
