"""Where running periods are heading, on the pages that show them; and an explanation as text."""

from datetime import timedelta

import pytest
from django.utils import timezone

from metrics.alerts.warnings import warnings_note
from metrics.models import Observation
from tests.factories import a_figure, a_kpi
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
ESTIMATE = "At risk: 6 failed of about 10 allowed: about 4 left."


@pytest.fixture
def today():
    return timezone.now().date()


@pytest.fixture
def head(portfolio, today):
    """Six failures in a hundred items of a running month; the month before had two hundred."""
    kpi = a_kpi(portfolio.contract, "sla", name="Reviews in time")
    before = today.replace(day=1) - timedelta(days=1)
    a_figure(kpi, before, "97", denominator="200", numerator="194")
    return a_figure(
        kpi,
        today,
        "94",
        "BELOW_MINIMUM",
        period={"phase": "running"},
        numerator="94",
        denominator="100",
        body={
            "formula": "ratio = g / v",
            "steps": ["ratio = g / v"],
            "failures": {"allowed": "5", "used": "6", "left": "-1", "consumed": "6/5", "burn": "1"},
        },
    )


def test_the_figure_says_where_its_period_is_heading_as_an_estimate(analyst, head):
    seen = text_of(analyst.get(f"/kpis/sla/{head.first_day}/"))

    assert "Where it is heading an estimate while the period runs" in seen
    assert "6 failed of about 10 allowed: about 4 left." in seen
    assert "Taken from the volume of the period before." in seen


def test_a_figure_that_is_final_says_nothing_of_it(analyst, portfolio):
    assert "Where it is heading" not in text_of(analyst.get("/kpis/accuracy/2026-03-01/"))


def test_the_scorecard_says_it_beside_the_running_figure(analyst, head):
    seen = text_of(analyst.get(f"/contracts/AC-1/?period={head.label}"))

    assert f"Estimate: {ESTIMATE}" in seen


def test_the_first_page_says_what_is_left(analyst, head):
    warnings_note(now=timezone.now())

    seen = text_of(analyst.get("/"))

    assert "(estimate). 6 failed of about 10 allowed: about 4 left." in seen


def test_the_explanation_can_be_copied_as_text(analyst, head):
    page = analyst.get(f"/kpis/sla/{head.first_day}/").content.decode()

    assert 'data-copy="#explanation-text"' in page
    text = page.split('id="explanation-text">')[1].split("</code>")[0]
    assert text.startswith("Reviews in time [sla]")
    assert "Where it is heading (estimate)" in text


def test_rows_of_different_roles_stand_under_their_own_headings(analyst, portfolio):
    kpi = a_kpi(
        portfolio.contract,
        "demand",
        definition={"measure": "forecast_accuracy", "parameters": {"lead": "14 days"}},
        decimals=0,
    )
    head = a_figure(kpi, portfolio.kpi.periods.latest("starts_at").first_day, "90")
    at = int(head.starts_at.timestamp()) * 1_000_000
    for key, given in ((b"f", {"a": 90, "value": at - 20 * 86_400 * 10**6}), (b"g", {"b": 100})):
        Observation.objects.create(
            kpi_id=kpi.pk,
            key=key * 16,
            at=at,
            series="x",
            revision=1,
            digest=b"0" * 16,
            ref=key.decode(),
            load_id=portfolio.delivery.ingestion_id,
            **given,
        )
    head.current.watermark = {
        str(portfolio.delivery.ingestion.feed_id): portfolio.delivery.ingestion_id
    }
    head.current.save()

    seen = text_of(analyst.get(f"/kpis/demand/{head.first_day}/"))

    assert "Record At Forecast Issued Actual Delivered in" in seen
    assert "Which forecast counted" in seen
