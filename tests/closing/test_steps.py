from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from contracts.models import AuditEvent
from contracts.services.approvals import approval_request
from metrics.chores import chores_run
from metrics.closing import steps
from metrics.closing.steps import close_reopen, close_step, closes_deem
from metrics.models import CloseStep, MonthClose, ReliefRequest, Scorecard
from metrics.selectors.spans import parse_span
from tests.closing.conftest import APRIL_10, MARCH, SPAN
from tests.factories import a_case, a_contract, a_delivery, a_feed, a_figure, a_kpi

pytestmark = pytest.mark.django_db

Step = MonthClose.Step
AT_THE_BUYERS = (Step.DATA_IN, Step.CHECKED, Step.RELIEF_DECIDED)


def take(month, step, *, by=None, at=APRIL_10, **said):
    return close_step(
        contract=month.contract, span=SPAN, step=step, by=by or month.dana, as_of=at, **said
    )


def taken() -> list[tuple[str, str, str]]:
    return list(CloseStep.objects.values_list("step", "kind", "by_name"))


def test_a_month_is_closed_in_five_steps_each_with_who_and_when(month):
    for step in AT_THE_BUYERS:
        take(month, step)
    take(month, Step.AGREED, by=month.vera)
    close = take(month, Step.PUBLISHED)

    assert close.step == Step.PUBLISHED
    assert taken() == [
        ("data_in", "done", "dana"),
        ("checked", "done", "dana"),
        ("relief_decided", "done", "dana"),
        ("agreed", "done", "vera"),
        ("published", "done", "dana"),
    ]
    card = Scorecard.objects.get()
    assert (card.contract, card.label, card.published_by) == (month.contract, "2026-03", "dana")
    assert AuditEvent.objects.filter(subject=f"metrics.monthclose:{close.pk}").count() == 6


@pytest.mark.parametrize("step", [Step.CHECKED, Step.PUBLISHED, Step.OPEN, "nonsense"])
def test_a_step_out_of_turn_is_refused_and_says_which_is_next(month, step):
    with pytest.raises(ValidationError, match="'Data in' is next"):
        take(month, step)

    assert not MonthClose.objects.exists()


def test_a_month_that_still_runs_is_not_closed(month):
    with pytest.raises(ValidationError, match="has not ended in UTC"):
        take(month, Step.DATA_IN, at=datetime(2026, 3, 31, 23, 59, tzinfo=UTC))


def test_the_end_of_a_month_is_told_in_the_zone_of_the_contract(month):
    month.contract.zone = "Pacific/Auckland"
    month.contract.save()

    close = take(month, Step.DATA_IN, at=datetime(2026, 3, 31, 12, 0, tzinfo=UTC))

    assert close.step == Step.DATA_IN


def test_a_quarter_is_no_month(month):
    with pytest.raises(ValidationError, match="2026-Q1 is not a month"):
        close_step(
            contract=month.contract,
            span=parse_span("2026-Q1"),
            step=Step.DATA_IN,
            by=month.dana,
            as_of=APRIL_10,
        )


def _no_data(month):
    a_figure(a_kpi(month.contract, "late-kpi"), MARCH, None, "NO_DATA")


def _rejects(month):
    feed = a_feed(month.vendor)
    feed.feed_kpis.create(kpi=month.kpi)
    a_delivery(feed, "march.csv", rejects=[{"rule": "number", "message": "is no number"}])


def _parked(month):
    feed = a_feed(month.vendor)
    feed.feed_kpis.create(kpi=month.kpi)
    a_delivery(feed, "stuck.csv", status="parked")


GAPS = [
    (_no_data, "1 figure without data: late-kpi"),
    (_rejects, "1 file with rows set aside: march.csv"),
    (_parked, "1 file still being read: stuck.csv"),
]


@pytest.mark.parametrize(("missing", "said"), GAPS)
def test_nothing_closes_silently_with_data_missing(month, missing, said):
    missing(month)

    with pytest.raises(ValidationError, match="Wait for it, or say why") as refused:
        take(month, Step.DATA_IN)
    assert said in refused.value.messages[0]

    take(month, Step.DATA_IN, reason="The vendor's system was down; agreed by mail")
    done = CloseStep.objects.get()
    assert done.reason == "The vendor's system was down; agreed by mail"
    assert [gap["text"] for gap in done.gaps] == [said.split(":")[0]]


@pytest.mark.parametrize(
    ("status", "phase", "late", "said"),
    [
        ("INVALID", "final", False, "that cannot be used"),
        ("MET", "provisional", False, "not final yet"),
        ("MET", "final", True, "with rows that came after it was final"),
    ],
)
def test_figures_that_may_still_change_stand_against_the_check(month, status, phase, late, said):
    take(month, Step.DATA_IN)
    figure = month.figure
    figure.status, figure.phase, figure.has_late_rows = status, phase, late
    figure.save()

    with pytest.raises(ValidationError, match=said):
        take(month, Step.CHECKED)


def test_relief_and_waivers_are_decided_before_the_vendor_is_asked(month):
    failed = a_figure(a_kpi(month.contract, "errors"), MARCH, "90", "BELOW_MINIMUM")
    case = a_case(failed)
    asked = {"reason": "Storm", "requested_by": month.dana}
    approval_request(kind="waiver", instance=case, payload={"scope": "credit"}, **asked)
    ReliefRequest.objects.create(period=failed, case=case, requested_at=APRIL_10, **asked)
    for step in AT_THE_BUYERS[:2]:
        take(month, step)

    with pytest.raises(ValidationError) as refused:
        take(month, Step.RELIEF_DECIDED)

    assert "1 waiver that nobody has decided: errors" in refused.value.messages[0]
    assert "1 relief request that nobody has decided: errors" in refused.value.messages[0]


def test_the_buyer_says_who_agreed_where_the_vendor_did_not_click(month):
    for step in AT_THE_BUYERS:
        take(month, step)

    with pytest.raises(ValidationError, match="Say who agreed"):
        take(month, Step.AGREED)

    assert take(month, Step.AGREED, reason="Vera, by phone").step == Step.AGREED


class TestDeemedAcceptance:
    @pytest.fixture
    def waiting(self, month) -> MonthClose:
        for step in AT_THE_BUYERS[:2]:
            take(month, step)
        return take(month, Step.RELIEF_DECIDED, answer_days=10)

    @pytest.mark.parametrize(("days", "step"), [(10, "relief_decided"), (11, "agreed")])
    def test_it_comes_when_the_last_day_to_object_is_over(self, waiting, days, step):
        assert waiting.answer_by == date(2026, 4, 20)

        closes_deem(APRIL_10 + timedelta(days=days))

        waiting.refresh_from_db()
        assert waiting.step == step

    def test_it_says_so_and_names_nobody(self, waiting):
        closes_deem(APRIL_10 + timedelta(days=30))

        assert taken()[-1] == ("agreed", "deemed", "kpotracker")

    def test_it_does_not_come_while_a_result_is_disputed(self, month, waiting):
        case = a_case(a_figure(a_kpi(month.contract, "errors"), MARCH, "90", "BELOW_MINIMUM"))
        case.state = "disputed"
        case.save()

        assert closes_deem(APRIL_10 + timedelta(days=30)) == 0

        case.state = "confirmed"
        case.save()
        assert closes_deem(APRIL_10 + timedelta(days=30)) == 1

    def test_one_that_fails_is_logged_and_the_others_go_on(self, waiting, monkeypatch, caplog):
        broken = MonthClose.objects.create(
            contract=a_contract(waiting.contract.vendor, "AA-1"),
            first_day=waiting.first_day,
            last_day=waiting.last_day,
            label=waiting.label,
            step=Step.RELIEF_DECIDED,
            answer_by=waiting.answer_by,
        )
        real = steps._is_disputed

        def is_disputed(close, *args):
            if close == broken:
                raise RuntimeError("broken")
            return real(close, *args)

        monkeypatch.setattr(steps, "_is_disputed", is_disputed)

        assert closes_deem(APRIL_10 + timedelta(days=30)) == 1
        assert f"Month close {broken.pk} could not be deemed accepted." in caplog.text
        waiting.refresh_from_db()
        assert waiting.step == "agreed"

    def test_every_sweep_looks_for_it_and_it_comes_once(self, waiting):
        for _ in range(2):
            assert chores_run(as_of=APRIL_10 + timedelta(days=30)) == []

        assert CloseStep.objects.filter(kind="deemed").count() == 1


def test_a_month_is_opened_again_with_a_reason_and_keeps_what_was_done(month):
    for step in AT_THE_BUYERS:
        close = take(month, step)

    with pytest.raises(ValidationError, match="Say why"):
        close_reopen(close=close, back_to=Step.DATA_IN, by=month.dana, as_of=APRIL_10, reason=" ")
    close_reopen(
        close=close, back_to=Step.DATA_IN, by=month.dana, as_of=APRIL_10, reason="late rows"
    )

    close.refresh_from_db()
    assert (close.step, close.answer_by) == (Step.DATA_IN, None)
    assert taken()[-1] == ("data_in", "reopened", "dana")
    assert take(month, Step.CHECKED).step == Step.CHECKED


def test_a_month_does_not_go_back_to_where_it_never_was(month):
    close = take(month, Step.DATA_IN)

    with pytest.raises(ValidationError, match="no way back"):
        close_reopen(close=close, back_to=Step.CHECKED, by=month.dana, as_of=APRIL_10, reason="x")
