"""Events find the people who may and want to know, each once."""

from datetime import timedelta

import pytest

from contracts.models import Deputy, User
from contracts.selectors.scope import visible_to
from metrics.alerts import fanout
from metrics.alerts.bundling import deliveries_bundle
from metrics.alerts.fanout import events_fan_out
from metrics.alerts.reading import notices_list, notices_of
from metrics.alerts.transitions import transitions_note
from metrics.alerts.work import alerts_note
from metrics.models import AlertEvent, AlertMessage, AlertMute, Notice, NoticeDelivery
from tests.alerts.making import (
    AT,
    DAY,
    HOUR,
    a_breach,
    a_channel,
    a_step,
    a_subscriber,
    a_subscription,
    log,
    noticed,
)
from tests.factories import a_user

pytestmark = pytest.mark.django_db
OPENED = "Breach case opened: Timeliness sla, 2026-03"


def the_vendors_user(case, name="vera"):
    return a_user(name, User.Role.VENDOR, (case.period.kpi.contract.vendor,))


class TestAStep:
    def test_it_is_told_of_once_however_often_anybody_looks(self):
        a_breach()
        a_user("petra", User.Role.PROCUREMENT)

        for _ in range(3):
            alerts_note(AT)

        assert noticed() == [("petra", OPENED)]
        assert AlertEvent.objects.count() == NoticeDelivery.objects.count() == 1

    def test_two_workers_that_found_the_same_one_leave_one(self, monkeypatch):
        a_breach()
        a_subscriber(role=User.Role.PROCUREMENT)
        transitions_note()
        events_fan_out(now=AT)
        AlertEvent.objects.update(fanned_out_at=None)

        events_fan_out(now=AT)

        assert Notice.objects.count() == 1
        assert log() == [("open", "ana", "pages", "sent"), ("open", "ana", "webhook", "waiting")]

    def test_without_its_key_it_would_be_told_of_twice(self, monkeypatch):
        a_breach()
        a_subscriber(role=User.Role.PROCUREMENT)
        numbers = iter(range(100))
        keyed = fanout._line

        def unkeyed(*args):
            line = keyed(*args)
            line.key = f"{line.key}{next(numbers)}"
            return line

        monkeypatch.setattr(fanout, "_line", unkeyed)
        transitions_note()
        events_fan_out(now=AT)
        AlertEvent.objects.update(fanned_out_at=None)

        events_fan_out(now=AT)

        assert len(log()) == 4

    def test_one_that_commits_late_is_found_like_any_other(self):
        case = a_breach()
        a_user("petra", User.Role.PROCUREMENT)
        first = case.transitions.get()
        later = a_step(case, "acknowledged")
        case.transitions.filter(pk=first.pk).delete()
        alerts_note(AT)

        first.pk = later.pk - 1
        first.save(force_insert=True)
        alerts_note(AT)

        assert sorted(title for _, title in noticed()) == [
            "Breach case acknowledged: Timeliness sla, 2026-03",
            OPENED,
        ]

    def test_it_says_what_the_figure_was(self):
        a_breach()
        a_user("petra", User.Role.PROCUREMENT)
        alerts_note(AT)

        text = AlertEvent.objects.get().facts["text"]

        assert text == "Major. Actual 90.00 % against ≥ 95 %. Vendor sla, contract C-sla."

    def test_whoever_took_it_is_not_told_of_it(self):
        case = a_breach("acknowledged")
        tom = a_user("tom", User.Role.OPERATIONS)
        case.transitions.update(person=tom)

        alerts_note(AT)

        assert noticed() == []
        assert NoticeDelivery.objects.get().why == "they took this step themselves"

    def test_the_one_it_is_assigned_to_is_told_whatever_their_role(self):
        case = a_breach(severity="minor")
        case.assignee = a_user("ana")
        case.save()

        alerts_note(AT)

        assert noticed() == [("ana", OPENED)]

    def test_old_data_that_is_loaded_is_no_news(self):
        case = a_breach()
        a_user("petra", User.Role.PROCUREMENT)
        case.transitions.update(at=AT + 60 * DAY)

        alerts_note(AT + 60 * DAY)

        assert noticed() == []
        assert log() == [("open", "all", "pages", "suppressed")]

    def test_what_happened_long_before_it_was_found_is_no_news(self):
        a_breach()
        a_user("petra", User.Role.PROCUREMENT)

        alerts_note(AT + 32 * DAY)

        assert noticed() == []


class TestWhatVendorsSee:
    def test_a_vendors_user_is_told_of_their_own_cases_alone(self):
        case = a_breach()
        a_breach(code="other")
        the_vendors_user(case)

        alerts_note(AT)

        assert noticed() == [("vera", OPENED)]

    def test_a_provisional_case_never_reaches_them(self):
        case = a_breach("provisional")
        vera = the_vendors_user(case)
        a_subscription(vera, a_channel(vera))
        a_user("petra", User.Role.PROCUREMENT)

        alerts_note(AT)

        assert noticed() == [("petra", "Service level missed so far: Timeliness sla, 2026-03")]
        assert {recipient for _, recipient, _, _ in log()} == {"petra"}

    def test_neither_does_its_end_if_it_never_opened(self):
        case = a_breach("provisional")
        the_vendors_user(case)
        a_step(case, "withdrawn")

        alerts_note(AT)

        assert noticed() == []

    def test_without_the_look_at_their_scope_it_would(self, monkeypatch):
        case = a_breach("provisional")
        the_vendors_user(case)
        monkeypatch.setattr(fanout, "may_see", lambda event, scope: True)

        alerts_note(AT)

        assert noticed() != []

    def test_reasons_people_give_stay_where_they_are_written(self):
        case = a_breach()
        case.transitions.update(reason="said inside", by="Tom Inside")
        the_vendors_user(case)

        alerts_note(AT)

        assert "nside" not in str(AlertEvent.objects.get().facts)

    def test_their_delivery_log_is_what_they_were_told_themselves(self):
        case = a_breach()
        vera = the_vendors_user(case)
        petra = a_user("petra", User.Role.PROCUREMENT)
        alerts_note(AT)

        def seen(reader):
            return {line.recipient.username for line in notices_of(case, visible_to(reader))}

        assert seen(vera) == {"vera"}
        assert seen(petra) == {"vera", "petra"}
        assert notices_list(visible_to(vera)).count() == 1


class TestSubscriptions:
    def test_a_channel_for_everybody_is_told_once_whoever_is_subscribed(self):
        a_breach()
        for name in ("tom", "tim"):
            a_user(name, User.Role.OPERATIONS)
        a_subscription(None, a_channel(kind="slack"), role="operations")

        alerts_note(AT)

        assert [line for line in log() if line[2] == "slack"] == [
            ("open", "all", "slack", "waiting")
        ]

    def test_mail_to_each_goes_to_each(self):
        a_breach()
        for name in ("tom", "tim"):
            a_user(name, User.Role.OPERATIONS)
        a_subscription(None, a_channel(kind="email", to_each=True), role="operations")

        alerts_note(AT)

        assert [line[1] for line in log() if line[2] == "email"] == ["tim", "tom"]

    def test_of_two_subscriptions_by_one_channel_the_earlier_one_counts(self):
        a_breach()
        ana = a_subscriber(timing="weekly")
        channel = ana.alert_channels.get()
        a_subscription(ana, channel, timing="now")

        alerts_note(AT)

        line = NoticeDelivery.objects.get(channel=channel)
        assert line.due_at == AT + timedelta(minutes=1)

    @pytest.mark.parametrize("change", ["line", "channel"])
    def test_what_is_switched_off_tells_nothing(self, change):
        a_breach()
        ana = a_subscriber()
        (ana.alert_subscriptions if change == "line" else ana.alert_channels).update(
            is_active=False
        )

        alerts_note(AT)

        assert log() == []

    def test_several_steps_within_a_minute_are_one_message(self):
        case = a_breach()
        a_breach(code="other")
        a_subscriber()
        alerts_note(AT)
        a_step(case, "confirmed")
        alerts_note(AT + timedelta(seconds=30))

        assert deliveries_bundle(now=AT + timedelta(seconds=59)) == 0
        assert deliveries_bundle(now=AT + timedelta(seconds=90)) == 3
        assert deliveries_bundle(now=AT + timedelta(seconds=90)) == 0

        assert AlertMessage.objects.get().deliveries.count() == 3


class TestMutes:
    @pytest.fixture
    def case(self):
        case = a_breach()
        a_user("petra", User.Role.PROCUREMENT)
        return case

    def mute(self, case, until):
        petra = User.objects.get(username="petra")
        AlertMute.objects.create(
            kpi=case.period.kpi, until=until, reason="known outage", created_by=petra
        )

    def test_what_is_muted_is_logged_and_not_told(self, case):
        self.mute(case, AT + HOUR)

        alerts_note(AT)

        assert noticed() == []
        assert NoticeDelivery.objects.get().why.endswith("known outage")

    def test_once_it_has_ended_notices_go_out_again(self, case):
        self.mute(case, AT)

        alerts_note(AT)

        assert noticed() == [("petra", OPENED)]


class TestEscalation:
    @pytest.fixture
    def case(self):
        a_user("petra", User.Role.PROCUREMENT)
        a_user("ada", User.Role.ADMINISTRATOR)
        a_user("tom", User.Role.OPERATIONS)
        case = a_breach()
        alerts_note(AT)
        Notice.objects.all().delete()
        return case

    def escalated(self):
        return [each for each in noticed() if each[1].startswith("Nobody acknowledged")]

    def test_a_case_that_nobody_acknowledges_climbs_a_level_at_a_time(self, case):
        for hours in (47, 48, 49):
            alerts_note(AT + hours * HOUR)
        first = [name for name, _ in self.escalated()]
        for hours in (96, 144, 200, 400):
            alerts_note(AT + hours * HOUR)

        assert first == ["petra"]
        assert [name for name, _ in self.escalated()] == ["ada", "petra"]

    def test_deputies_of_those_told_first_are_asked_too(self, case):
        today = (AT + 48 * HOUR).date()
        dirk = a_user("dirk")
        tom = User.objects.get(username="tom")
        Deputy.objects.create(absent=tom, deputy=dirk, first_day=today, last_day=today)

        alerts_note(AT + 48 * HOUR)

        assert [name for name, _ in self.escalated()] == ["dirk", "petra"]

    @pytest.mark.parametrize("state", ["acknowledged", "waived", "withdrawn", "disputed"])
    def test_acknowledging_it_stops_that(self, case, state):
        fields = {"waiver_scope": "credit"} if state == "waived" else {}
        type(case).objects.update(state=state, **fields)

        alerts_note(AT + 400 * HOUR)

        assert self.escalated() == []

    def test_snoozing_it_stops_that(self, case):
        type(case).objects.update(snoozed_until=(AT + 30 * DAY).date())

        alerts_note(AT + 48 * HOUR)

        assert self.escalated() == []

    def test_a_subscription_may_be_more_impatient(self, case):
        other = a_breach(code="other")
        a_subscriber("quick", escalate_after_hours=2)
        alerts_note(AT)
        Notice.objects.all().delete()

        alerts_note(AT + 2 * HOUR)

        assert [name for name, _ in self.escalated()] == ["petra"]
        assert Notice.objects.get().event.case == other
