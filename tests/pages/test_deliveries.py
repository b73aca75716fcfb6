"""The pages of deliveries, feeds and typed-in figures: who may do what, and at what cost."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Document, User
from metrics.feeds import previewing, uploads
from metrics.feeds.schedules import schedule_set
from metrics.feeds.undoing import undo_request
from metrics.models import Delivery, Ingestion, ManualEntry, Upload
from tests.factories import a_delivery, a_feed, a_user, a_vendor
from tests.feeds.arriving import (
    APRIL,
    TWO,
    a_mapped_feed,
    a_share,
    a_total,
    csv,
    load,
    pass_time,
    read_here,
    the_contract,
)
from tests.pages.conftest import signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db

Role = User.Role


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    from metrics.feeds import running

    read_here(monkeypatch)
    received = uploads.upload_receive
    monkeypatch.setattr(
        "metrics.pages.uploads.upload_receive",
        lambda **given: received(**given, read=running.read_file),
    )


@pytest.fixture
def feed():
    """A feed of Acme's."""
    a_share()
    found = a_mapped_feed()
    found.vendor = the_contract().vendor
    found.save()
    return found


@pytest.fixture
def vera(feed):
    """Delivers for Acme."""
    return signed_in(a_user("vera", Role.VENDOR, (feed.vendor,)))


@pytest.fixture
def bob(feed):
    """Of another vendor."""
    return signed_in(a_user("bob", Role.VENDOR, (a_vendor("bolt"),)))


@pytest.fixture
def olga():
    return signed_in(a_user("olga", Role.OPERATIONS))


def sent(client, feed, content=TWO, **fields):
    file = SimpleUploadedFile("march.csv", content.encode())
    return client.post(f"/feeds/{feed.code}/deliver/", {"file": file, **fields}, follow=True)


class TestDelivering:
    def test_a_vendor_delivers_for_its_own_feed(self, vera, feed):
        seen = text_of(sent(vera, feed, complete_through="2026-03-31"))
        assert "Rows read 2" in seen
        assert "Said to be complete through 31 March 2026" in seen
        assert not Delivery.objects.exists()

        upload = Upload.objects.get()
        answer = vera.post(f"/feeds/desk/deliver/{upload.pk}/", {"deliver": ""})

        found = Delivery.objects.get()
        assert answer["Location"] == f"/deliveries/{found.pk}/"
        assert (found.delivered_by, found.complete_through) == ("vera", date(2026, 3, 31))

    def test_nobody_looks_at_what_another_uploaded(self, vera, olga, feed):
        sent(vera, feed)
        address = f"/feeds/desk/deliver/{Upload.objects.get().pk}/"

        assert olga.get(address).status_code == 404
        assert vera.get(address).status_code == 200

    def test_what_is_dropped_is_gone(self, vera, feed):
        sent(vera, feed)

        vera.post(f"/feeds/desk/deliver/{Upload.objects.get().pk}/", {"drop": ""})

        assert not Upload.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({}, "Choose a file, or paste its rows"),
            ({"pasted": TWO, "complete_through": "2999-01-01"}, "lies ahead of the delivery"),
        ],
    )
    def test_what_cannot_be_delivered_is_said_in_the_form(self, vera, feed, fields, said):
        assert said in text_of(vera.post("/feeds/desk/deliver/", fields))

    def test_a_form_that_nobody_sent_yet_finds_no_fault(self, vera, feed):
        number = load(feed, csv(["1,x,yes"])).deliveries.get().pk
        fresh = [f"/feeds/{feed.code}/deliver/", f"/deliveries/{number}/mend/"]

        for address in fresh:
            seen = text_of(vera.get(address))
            assert "Look at it first" in seen
            assert "Nothing was saved" not in seen
            assert "one of the two" not in seen
            assert "This field is required" not in seen

    def test_pasted_rows_have_a_name_that_can_be_read(self, vera, feed):
        seen = text_of(vera.post("/feeds/desk/deliver/", {"pasted": TWO}, follow=True))
        assert f"pasted, {len(TWO)} bytes" in seen

    def test_rows_that_are_all_mended_are_not_offered_again(self, vera, feed):
        gone = load(feed, csv(["1,x,yes"]))
        page = f"/deliveries/{gone.deliveries.get().pk}/"
        assert "Deliver them mended" in text_of(vera.get(page))

        gone.rejects.update(mended_by=load(feed, TWO))

        seen = text_of(vera.get(page))
        assert "mended by" in seen
        assert "Deliver them mended" not in seen

    def test_a_file_beyond_the_cap_is_refused(self, vera, feed, settings):
        settings.MAX_DELIVERY_BYTES = 10
        assert "larger than 10 bytes" in text_of(sent(vera, feed))

    def test_a_file_that_would_be_rejected_is_not_on_offer(self, vera, feed):
        seen = text_of(sent(vera, feed, "nothing,of,it\n1,2,3\n"))

        assert "The whole file would be rejected" in seen
        assert "Deliver it" not in seen

    def test_a_file_too_heavy_to_look_at_can_be_delivered_all_the_same(
        self, vera, feed, monkeypatch
    ):
        refused = {"rule": "limits", "message": "reading takes more than 20 s", "hint": ""}
        monkeypatch.setattr(uploads, "preview_of", lambda **_: {"rejected": refused})

        assert "Deliver it" in text_of(sent(vera, feed))
        assert previewing.ROWS == 100_000

    def test_the_same_bytes_are_told_of(self, vera, feed):
        load(feed, TWO)
        assert "These very bytes were delivered before" in text_of(sent(vera, feed))


class TestWhoMay:
    @pytest.mark.parametrize(
        "path",
        ["/feeds/desk/", "/feeds/desk/deliver/", "/deliveries/{n}/", "/deliveries/{n}/mend/"],
    )
    def test_another_vendor_finds_nothing(self, bob, vera, feed, path):
        number = load(feed, csv(["1,x,yes", "2,2026-03-02,no"])).deliveries.get().pk
        assert vera.get(path.format(n=number)).status_code == 200
        assert bob.get(path.format(n=number)).status_code == 404

    @pytest.mark.parametrize("path", ["undo", "give-up", "retry"])
    def test_a_vendor_takes_nothing_back(self, vera, olga, feed, path):
        number = load(feed, TWO).deliveries.get().pk
        assert vera.post(f"/deliveries/{number}/{path}/", {"reason": "no"}).status_code == 404
        assert olga.get(f"/deliveries/{number}/{path}/").status_code == 200

    def test_a_vendor_does_not_say_what_it_owes(self, vera, olga, feed):
        assert vera.get("/feeds/desk/schedule/").status_code == 404
        given = {
            "valid_from": "2026-01-01",
            "every": "month",
            "due_days": "5",
            "due_time": "18:00",
            "zone": "Europe/Dublin",
            "grace_hours": "0",
        }
        seen = text_of(olga.post("/feeds/desk/schedule/", given, follow=True))
        assert "Every month from 1 January 2026: due 5 days after the period's last day" in seen

    def test_what_files_manage_is_stated_there(self, olga, feed):
        feed.managed_by = "portfolio"
        feed.save()
        assert olga.get("/feeds/desk/schedule/").status_code == 409


class TestTakingBack:
    def test_it_needs_a_reason_and_says_who_and_why(self, olga, feed):
        number = load(feed, TWO).deliveries.get().pk
        assert "This field is required" in text_of(olga.post(f"/deliveries/{number}/undo/"))

        olga.post(f"/deliveries/{number}/undo/", {"reason": "wrong team"})

        assert Ingestion.objects.get(undoes__isnull=False).reason == "wrong team"
        assert "Is being undone: wrong team (olga" in text_of(olga.get(f"/deliveries/{number}/"))

    def test_it_is_asked_once(self, olga, feed):
        number = load(feed, TWO).deliveries.get().pk
        olga.post(f"/deliveries/{number}/undo/", {"reason": "wrong team"})

        again = olga.post(f"/deliveries/{number}/undo/", {"reason": "wrong team"})

        assert "is undone, or about to be" in text_of(again)


class TestProgress:
    def test_it_asks_again_until_nothing_is_to_come(self, vera, feed):
        delivery = a_delivery(feed, status="running")
        path = f"/deliveries/{delivery.pk}/progress/"
        assert b'hx-trigger="every 2s"' in vera.get(path).content

        Ingestion.objects.update(status="done")
        done = vera.get(path)

        assert b"hx-trigger" not in done.content
        assert done["HX-Refresh"] == "true"


class TestLists:
    def test_filters_in_the_address_narrow_the_list_and_its_files(self, olga, feed):
        a_delivery(feed, "march.csv", accepted=3)
        a_delivery(a_feed(a_vendor("bolt"), "other"), "april.csv", accepted=4)

        seen = text_of(olga.get("/deliveries/?vendor=bolt&status=done&q=apr&month=2026-04"))
        assert "april.csv" in seen
        assert "march.csv" not in seen
        exported = b"".join(olga.get("/deliveries/?vendor=bolt&export=csv").streaming_content)
        assert b"april.csv" in exported
        assert b"march.csv" not in exported

    @pytest.mark.parametrize("query", ["?status=odd", "?month=2026-99", "?vendor=%00", "?page=x"])
    def test_a_filter_that_is_none_is_no_error(self, olga, feed, query):
        assert olga.get(f"/deliveries/{query}").status_code == 200


class TestEntries:
    @pytest.fixture
    def survey(self):
        kpi = a_total("survey", "assessed", name="Satisfaction", decimals=1)
        pass_time(APRIL)
        return kpi

    def entered(self, client, **fields):
        given = {"day": "2026-03-31", "value": "4.3", "evidence": "page 3"}
        return client.post("/kpis/survey/enter/", given | fields, follow=True)

    def test_the_evidence_is_kept_with_the_figure(self, olga, survey):
        file = SimpleUploadedFile("survey.csv", b"answer\n5\n4\n")

        seen = text_of(self.entered(olga, file=file))

        assert "Satisfaction: 4.3 waits for a second person" in seen
        document = Document.objects.get()
        assert document.subject == f"metrics.manualentry:{ManualEntry.objects.get().pk}"

    def test_a_file_that_is_not_kept_leaves_no_figure(self, olga, survey):
        self.entered(olga, file=SimpleUploadedFile("evil.exe", b"MZ\x90\x00"))
        assert not ManualEntry.objects.exists()

    def test_nobody_approves_their_own(self, olga, survey):
        self.entered(olga)
        entry = ManualEntry.objects.get()

        assert olga.post(f"/entries/{entry.pk}/", {"approve": ""}).status_code == 404
        assert "a second person has to approve it" in text_of(olga.get(f"/entries/{entry.pk}/"))

    @pytest.mark.parametrize(
        ("role", "status"), [(Role.ANALYST, 404), (Role.VENDOR, 404), (Role.PROCUREMENT, 302)]
    )
    def test_only_some_may_be_the_second_person(self, olga, survey, role, status):
        self.entered(olga)
        entry = ManualEntry.objects.get()
        ben = signed_in(a_user("ben", role, (survey.contract.vendor,)))

        assert ben.post(f"/entries/{entry.pk}/", {"approve": ""}).status_code == status

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"value": "4.35"}, "keeps 1 decimals, and 4.35 has more"),
            ({"value": "NaN"}, "Enter a number"),
            ({"day": "1999-01-01"}, "is measured from 2026-01-01 on"),
            ({"evidence": ""}, "This field is required"),
        ],
    )
    def test_what_cannot_be_a_figure_is_said_in_the_form(self, olga, survey, fields, said):
        assert said in text_of(self.entered(olga, **fields))

    def test_a_kpi_that_needs_rows_takes_none(self, olga):
        a_total("cases", "count")
        assert olga.get("/kpis/cases/enter/").status_code == 404


class TestCost:
    def more(self, count, feed):
        for number in range(count):
            reject = {"column": f"c{number}", "rule": "r", "message": "m", "hint": "", "value": ""}
            a_delivery(feed, f"{feed.code}-{count}-{number}.csv", rejects=[reject])
            kpi = a_total(f"kpi-{count}-{number}", "assessed")
            ManualEntry.objects.create(
                kpi=kpi, day=date(2026, 3, 1), value=4, evidence="x", entered_by="ann"
            )
            other = a_feed(a_vendor(f"v-{count}-{number}"), f"f-{count}-{number}")
            schedule_set(feed=other, valid_from=date(2026, 1, 1), every="month")
        pass_time(APRIL)

    @pytest.mark.parametrize(
        "path", ["/deliveries/", "/feeds/", "/feeds/desk/", "/entries/", "/deliveries/{n}/"]
    )
    def test_a_page_costs_the_same_for_more_rows(self, olga, feed, path):
        found = a_delivery(
            feed, rejects=[{"column": "c", "rule": "r", "message": "m", "value": ""}]
        )
        address = path.format(n=found.pk)
        self.more(3, feed)
        first = self.queries(olga, address)
        self.more(12, feed)

        assert self.queries(olga, address) == first <= 12

    def queries(self, client, address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)


def test_an_undoing_that_was_set_aside_is_found_from_its_feed_and_tried_again(olga, feed):
    delivery = load(feed, TWO).deliveries.get()
    undo_request(ingestion=delivery.ingestion, reason="not ours", asked_by=None, as_of=APRIL)
    undoing = delivery.ingestion.undos.get()
    Ingestion.objects.filter(pk=undoing.pk).update(status="parked")

    assert f"/deliveries/{delivery.pk}/" in olga.get(f"/feeds/{feed.code}/").content.decode()
    assert "Try the undoing again" in olga.get(f"/deliveries/{delivery.pk}/").content.decode()
    olga.post(reverse("delivery-retry", args=[delivery.pk]))

    undoing.refresh_from_db()
    assert undoing.status == "received"


def test_rejects_of_a_file_that_is_gone_tell_what_was_wrong(olga, feed, settings, tmp_path):
    delivery = load(feed, csv(["1,never,yes"])).deliveries.get()
    settings.DATA_DIR = tmp_path

    answer = olga.get(reverse("rejects-csv", args=[delivery.pk]))

    assert answer.status_code == 200
    told = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"never" in told
