"""The inbox and the page of a case, as buyers and vendors see them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Approval, Document, SavedView, User
from metrics.models import BreachCase, CaseComment, CaseTransition, Incident
from metrics.pages.case_acts import ACTS
from tests.factories import a_case, a_figure, a_kpi, a_user
from tests.pages.conftest import MARCH, signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def oli(portfolio):
    """An operations manager of the buyer's."""
    return signed_in(a_user("oli", User.Role.OPERATIONS))


def page_of(portfolio, act=""):
    return f"/breaches/{portfolio.case.pk}/{act}"


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


class TestInbox:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", True),
            ("?q=FORECAST", True),
            ("?q=acme+ana", True),
            ("?q=claims", False),
            ("?q=%00", True),
            ("?contract=AC-1", True),
            ("?contract=BO-1", False),
            ("?assignee=nobody", True),
            ("?assignee=me", False),
            ("?assignee=oli", False),
            ("?snoozed=only", False),
            ("?incident=7", False),
            ("?incident=x", True),
            ("?group=kpi", True),
            ("?group=contract", True),
            ("?group=incident", True),
            ("?group=none", True),
        ],
    )
    def test_the_address_says_what_is_shown(self, oli, query, shown):
        assert ("94.99 %" in text_of(oli.get(f"/breaches/{query}"))) == shown

    def test_a_number_finds_its_case(self, oli, portfolio):
        assert "94.99 %" in text_of(oli.get(f"/breaches/?q={portfolio.case.pk}"))
        assert "94.99 %" not in text_of(oli.get(f"/breaches/?q={portfolio.case.pk}999"))
        assert oli.get(f"/breaches/?q={'9' * 99}").status_code == 200

    def test_a_snoozed_case_is_out_of_the_way_of_buyers_alone(self, oli, alice):
        BreachCase.objects.update(snoozed_until=timezone.now().date() + timedelta(days=3))

        assert "94.99 %" not in text_of(oli.get("/breaches/"))
        assert "94.99 %" in text_of(oli.get("/breaches/?snoozed=only"))
        seen = text_of(alice.get("/breaches/"))
        assert "94.99 %" in seen
        assert "nooze" not in seen

    def test_it_is_grouped_with_the_count_of_all_pages(self, oli, portfolio):
        for number in range(60):
            kpi = a_kpi(portfolio.contract, f"kpi-{number}")
            a_case(a_figure(kpi, MARCH, "50", "BELOW_MINIMUM"))

        assert "Acme Analytics 61 cases" in text_of(oli.get("/breaches/"))
        assert "Acme Analytics 61 cases" in text_of(oli.get("/breaches/?page=2"))

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_the_file_holds_exactly_what_is_filtered(self, oli, alice, kind):
        for query, rows in (("?severity=major", 1), ("?severity=minor", 0)):
            answer = oli.get(f"/breaches/export/{kind}/{query}")
            if kind == "csv":
                lines = b"".join(answer.streaming_content).decode().splitlines()
                assert len(lines) == rows + 1
                assert "Snoozed until" in lines[0]
        if kind == "csv":
            head = b"".join(alice.get("/breaches/export/csv/").streaming_content).decode()
            assert "Snoozed until" not in head
        assert oli.get("/breaches/export/pdf/").status_code == 404

    def test_filters_are_saved_under_a_name(self, oli):
        assert "Save these filters" in text_of(oli.get("/breaches/?severity=major"))

        SavedView.objects.create(
            owner=User.objects.get(username="oli"),
            page="breaches",
            name="The big ones",
            query="severity=major",
        )
        assert "The big ones" in text_of(oli.get("/breaches/"))


class TestBulk:
    def send(self, client, act, *cases, **given):
        data = {"act": act, "case": [case.pk for case in cases], "query": "severity=major"} | given
        return client.post("/breaches/bulk/", data, follow=True)

    def test_what_cannot_be_done_is_told_and_the_rest_is_done(self, oli, portfolio):
        kpi = a_kpi(portfolio.contract, "speed", name="Speed")
        settled = a_case(a_figure(kpi, MARCH, "50", "BELOW_MINIMUM"), "resolved")

        answer = self.send(oli, "acknowledge", portfolio.case, settled)

        assert answer.redirect_chain == [("/breaches/?severity=major", 302)]
        assert said(answer) == [
            "1 case: acknowledged.",
            "Not done for Speed 2026-03. This cannot be acknowledged: it is resolved already.",
        ]

    @pytest.mark.parametrize(
        ("act", "given", "outcome"),
        [
            ("assign", {"assignee": "oli"}, {"assignee__username": "oli"}),
            ("snooze", {"until_worse": "on"}, {"snoozed_until_worse": True}),
            ("incident", {"incident": "it"}, {"incident__title": "Lines cut"}),
        ],
    )
    def test_it_asks_first_for_what_it_does_not_know(self, oli, portfolio, act, given, outcome):
        user = User.objects.get(username="oli")
        incident = Incident.objects.create(
            vendor=portfolio.vendor, title="Lines cut", started_at=timezone.now(), noted_by=user
        )
        ids = {"oli": user.pk, "it": incident.pk}

        asked = self.send(oli, act, portfolio.case)
        assert asked.templates[0].name == "metrics/bulk.html"
        filled = {name: ids.get(value, value) for name, value in given.items()}
        self.send(oli, act, portfolio.case, filled="yes", **filled)

        assert BreachCase.objects.filter(**outcome).exists()

    def test_waivers_wait_for_a_second_person(self, oli, portfolio):
        self.send(
            oli, "waive", portfolio.case, filled="yes", waiver_scope="credit", reason="a small one"
        )

        assert Approval.objects.get().state == "requested"
        assert BreachCase.objects.get().state == "open"
        assert "waiver asked for" in text_of(oli.get("/breaches/"))

    def test_a_form_that_is_wrong_is_shown_again(self, oli, portfolio):
        answer = self.send(oli, "waive", portfolio.case, filled="yes")

        assert answer.templates[0].name == "metrics/bulk.html"
        assert not Approval.objects.exists()

    @pytest.mark.parametrize("data", [{}, {"act": "acknowledge"}, {"act": "x", "case": "1"}])
    def test_nothing_chosen_is_told(self, oli, data):
        answer = oli.post("/breaches/bulk/", data, follow=True)

        assert said(answer) == ["Choose some cases first, and what to do with them."]

    def test_numbers_that_are_none_are_no_cases(self, oli, portfolio):
        data = {"act": "acknowledge", "case": ["x", "9" * 40, "-1", str(portfolio.case.pk)]}

        assert said(oli.post("/breaches/bulk/", data, follow=True)) == ["1 case: acknowledged."]

    def test_vendors_and_analysts_have_none(self, alice, analyst, portfolio):
        for client in (alice, analyst):
            assert client.post("/breaches/bulk/", {}).status_code == 404
            assert "All on this page" not in text_of(client.get("/breaches/"))


class TestCase:
    def test_it_shows_the_figure_and_what_can_be_done(self, oli, portfolio):
        seen = text_of(oli.get(page_of(portfolio)))

        assert "Forecast accuracy 2026-03" in seen
        assert "94.99 %" in seen
        for text in ("Acknowledge", "Assign", "Snooze", "Ask for a waiver", "Internal note"):
            assert text in seen

    def test_a_vendor_may_contest_and_not_work_on_it(self, alice, portfolio):
        BreachCase.objects.update(opened_at=timezone.now())
        seen = text_of(alice.get(page_of(portfolio)))

        assert "Dispute it" in seen
        assert "Ask for relief" in seen
        for text in ("Acknowledge", "Assign", "Snooze", "waiver", "Internal note", "nobody"):
            assert text not in seen

    def test_another_vendor_finds_none(self, bob, portfolio):
        for act in ("", *(f"{name}/" for name in ACTS)):
            assert bob.get(page_of(portfolio, act)).status_code == 404
            assert bob.post(page_of(portfolio, act)).status_code in (404, 405)

    def test_provisional_it_is_the_buyers(self, oli, alice, portfolio):
        BreachCase.objects.update(state="provisional")

        assert "The vendor does not see this case" in text_of(oli.get(page_of(portfolio)))
        assert "Send to both sides" not in text_of(oli.get(page_of(portfolio)))
        assert alice.get(page_of(portfolio)).status_code == 404

    def test_the_vendor_reads_no_names_and_no_reasons_that_were_kept(self, oli, alice, portfolio):
        oli.post(page_of(portfolio, "acknowledge/"), {"reason": "weak excuse"})
        oli.post(page_of(portfolio, "comment/"), {"body": "among us", "is_internal": "on"})
        oli.post(page_of(portfolio, "comment/"), {"body": "dear vendor"})

        mine, theirs = (text_of(each.get(page_of(portfolio))) for each in (oli, alice))
        for text in ("Acknowledged by oli", "weak excuse", "among us", "dear vendor"):
            assert text in mine
        assert "Acknowledged by the buyer" in theirs
        assert "dear vendor" in theirs
        assert "weak excuse" not in theirs
        assert "among us" not in theirs
        figure = text_of(alice.get("/kpis/accuracy/2026-03-01/"))
        assert "by the buyer" in figure
        assert "weak excuse" not in figure

    def test_a_note_is_shared_where_its_writer_says_so(self, oli, alice, portfolio):
        oli.post(page_of(portfolio, "resolve/"), {"reason": "mended", "is_shared": "on"})

        assert "mended" in text_of(alice.get(page_of(portfolio)))

    def test_a_repeat_is_marked(self, oli, alice, portfolio):
        for month, state in [(1, "resolved"), (2, "withdrawn")]:
            head = portfolio.kpi.periods.filter(first_day__month=month).first() or a_figure(
                portfolio.kpi, MARCH.replace(month=month), "80", "BELOW_MINIMUM"
            )
            a_case(head, state)

        assert "2nd time in 12 months" in text_of(oli.get(page_of(portfolio)))

    def test_what_shares_the_incident_stands_beside_it(self, oli, alice, portfolio):
        kpi = a_kpi(portfolio.contract, "speed", name="Speed of answers")
        other = a_case(a_figure(kpi, MARCH, "50", "BELOW_MINIMUM"))
        incident = Incident.objects.create(
            vendor=portfolio.vendor,
            title="Lines cut",
            started_at=timezone.now(),
            noted_by=User.objects.get(username="oli"),
            is_internal=True,
        )
        for case in (portfolio.case, other):
            case.incident = incident
            case.save()

        assert "Also failing in this incident" in text_of(oli.get(page_of(portfolio)))
        seen = text_of(alice.get(page_of(portfolio)))
        assert "Lines cut" not in seen
        assert "Also failing" not in seen

        beside = f"/breaches/?incident={incident.pk}"
        assert "94.99 %" in text_of(oli.get(beside))
        assert "94.99 %" not in text_of(alice.get(beside))
        assert alice.get("/breaches/?group=incident").context["inbox"].group == "contract"
        Incident.objects.update(is_internal=False)
        assert "94.99 %" in text_of(alice.get(beside))

    def test_an_incident_is_changed_by_whoever_saw_it_last_and_its_times_are_instants(
        self, oli, portfolio
    ):
        incident = Incident.objects.create(
            vendor=portfolio.vendor,
            title="Lines cut",
            started_at=timezone.now(),
            noted_by=User.objects.get(username="oli"),
        )
        address = f"/incidents/{incident.pk}/edit/"
        seen = oli.get(address).context["form"].initial["seen"]
        given = {"title": "Cut", "started_at": "2026-03-04T10:00+02:00", "seen": seen}

        assert oli.post(address, given).status_code == 302
        incident.refresh_from_db()
        assert incident.started_at.isoformat() == "2026-03-04T08:00:00+00:00"

        assert "Somebody changed this" in text_of(oli.post(address, given | {"title": "Worse"}))
        incident.refresh_from_db()
        assert incident.title == "Cut"

    @pytest.mark.parametrize("name", sorted(ACTS))
    def test_every_act_shows_its_form_and_refuses_an_empty_one_kindly(self, oli, portfolio, name):
        act = ACTS[name]
        client = oli
        if not set(act.duties) & {"cases", "comment", "internal"}:
            client = signed_in(a_user("vera", User.Role.VENDOR, (portfolio.vendor,)))

        assert client.get(page_of(portfolio, f"{name}/")).status_code == 200
        assert client.post(page_of(portfolio, f"{name}/")).status_code in (200, 302)

    def test_a_claim_whose_time_is_over_is_offered_to_the_buyer_alone(self, oli, alice, portfolio):
        assert "Ask for relief" in text_of(alice.get(page_of(portfolio)))
        CaseTransition.objects.update(at=timezone.now() - timedelta(days=30))

        assert "Ask for relief" not in text_of(alice.get(page_of(portfolio)))
        assert "Ask for relief" in text_of(oli.get(page_of(portfolio)))

    def test_a_late_dispute_says_why_it_is_refused(self, alice, portfolio):
        CaseTransition.objects.update(at=timezone.now() - timedelta(days=30))

        answer = alice.post(page_of(portfolio, "dispute/"), {"reason": "wrong"})

        assert "This cannot be disputed any more: its time ended on" in text_of(answer)
        assert BreachCase.objects.get().state == "open"


def test_a_vendor_puts_away_its_own_evidence_and_none_of_the_buyers(oli, alice, portfolio):
    subject = f"metrics.breachcase:{portfolio.case.pk}"
    for client, name in ((oli, "ours.txt"), (alice, "theirs.txt")):
        upload = SimpleUploadedFile(name, b"seen\n")
        assert client.post(f"/new/document/{subject}/", {"file": upload}).status_code == 302

    ours, theirs = Document.objects.order_by("pk")
    assert alice.post(f"/documents/{ours.pk}/archive/").status_code == 404
    assert alice.post(f"/documents/{theirs.pk}/archive/").status_code == 302


class TestComments:
    def test_a_vendor_cannot_write_an_internal_one(self, alice, portfolio):
        alice.post(page_of(portfolio, "comment/"), {"body": "hello", "is_internal": "on"})

        assert CaseComment.objects.get().is_internal is False


class TestShortcuts:
    def test_each_reader_switches_their_own(self, oli, portfolio):
        assert "inbox.js" in oli.get("/breaches/").content.decode()

        answer = oli.post("/breaches/shortcuts/", {"shortcuts_on": "no"}, follow=True)

        assert said(answer) == ["Keyboard shortcuts are off."]
        assert "inbox.js" not in answer.content.decode()
        assert User.objects.get(username="oli").shortcuts_on is False

    def test_another_word_changes_nothing(self, oli):
        oli.post("/breaches/shortcuts/", {"shortcuts_on": "maybe"})

        assert User.objects.get(username="oli").shortcuts_on is True


class TestQueries:
    def count(self, client, path):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    def more(self, portfolio, start, count):
        user = User.objects.get(username="oli")
        for number in range(start, start + count):
            kpi = a_kpi(portfolio.contract, f"kpi-{number}")
            case = a_case(a_figure(kpi, MARCH, "50", "BELOW_MINIMUM"), assignee=user)
            case.comments.create(author=user, body="x", is_internal=False)
            portfolio.case.comments.create(author=user, body="x", is_internal=True)

    @pytest.mark.parametrize("path", ["/breaches/", "/breaches/?group=incident", "case"])
    def test_they_do_not_grow_with_the_rows(self, oli, portfolio, path):
        path = page_of(portfolio) if path == "case" else path
        self.more(portfolio, 0, 3)
        few = self.count(oli, path)
        self.more(portfolio, 3, 30)

        assert self.count(oli, path) == few <= 12
