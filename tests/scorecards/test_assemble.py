from datetime import date
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import Contract
from metrics.models import Kpi
from metrics.scorecards.assemble import assemble, latest_span
from metrics.scorecards.cards import Card, FamilyCard
from metrics.scorecards.figures import score_text, share_text
from tests.factories import (
    a_charge,
    a_contract,
    a_figure,
    a_kpi,
    a_process,
    a_revision,
    a_vendor,
)

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
THROUGHPUT, OUTCOME = Kpi.Family.THROUGHPUT, Kpi.Family.OUTCOME


def card_of(contract: Contract, first: date = MARCH, last: date = date(2026, 3, 31)) -> Card:
    return assemble(contract=contract, first_day=first, last_day=last)


def family(card: Card, name: str = "outcome") -> FamilyCard:
    return next(found for found in card.families if found.family == name)


@pytest.mark.parametrize(
    ("figures", "score", "coverage"),
    [
        pytest.param([("60", "100"), ("40", "50")], 80, 1, id="weighted mean"),
        pytest.param([("60", "100"), ("40", "")], 100, Fraction(3, 5), id="unmeasured left out"),
        pytest.param([("60", ""), ("40", "")], None, 0, id="nothing measured is not rated"),
        pytest.param([("1", "100"), ("1", "100"), ("1", "0")], Fraction(200, 3), 1, id="thirds"),
        pytest.param([("0", "100")], None, None, id="nothing weighs anything"),
    ],
)
def test_a_family_score_is_the_weighted_mean_of_what_was_measured(figures, score, coverage):
    contract = a_contract(a_vendor())
    for number, (weight, attainment) in enumerate(figures):
        kpi = a_kpi(contract, f"kpi-{number}", level={"weight": weight})
        status = "MET" if attainment else "NO_DATA"
        a_figure(kpi, MARCH, "96" if attainment else None, status, attainment=attainment)

    found = family(card_of(contract))

    assert (found.score, found.coverage) == (score, coverage)
    assert found.is_rated == (score is not None)


def test_families_are_scored_apart_and_never_together():
    contract = a_contract(a_vendor())
    a_figure(a_kpi(contract, "accuracy"), MARCH, attainment="100")
    a_figure(a_kpi(contract, "volume", family=THROUGHPUT), MARCH, attainment="0")

    card = card_of(contract)

    assert [(f.family, f.score) for f in card.families] == [
        ("outcome", 100),
        ("throughput", 0),
        ("transparency", None),
        ("compliance", None),
    ]
    assert not hasattr(card, "score")


def test_a_kpi_without_any_figure_is_shown_and_lowers_the_coverage():
    contract = a_contract(a_vendor())
    a_figure(a_kpi(contract, "accuracy", level={"weight": "30"}), MARCH, attainment="100")
    a_kpi(contract, "silent", level={"weight": "70"})

    found = family(card_of(contract))

    assert [(line.kpi, line.figure is None, line.share) for line in found.lines] == [
        ("silent", True, Fraction(7, 10)),
        ("accuracy", False, Fraction(3, 10)),
    ]
    assert (found.score, found.coverage) == (100, Fraction(3, 10))


def test_a_quarterly_kpi_is_not_due_in_the_quarters_first_month():
    contract = a_contract(a_vendor())
    a_kpi(contract, "review", definition={"period": "quarter"})

    january = family(card_of(contract, date(2026, 1, 1), date(2026, 1, 31)))

    assert (january.lines, january.not_due) == ((), ("Review",))


@pytest.mark.parametrize(
    ("level", "standing"),
    [
        pytest.param({"kind": "reporting"}, "Reporting only", id="reporting only"),
        pytest.param({"enforced_from": date(2026, 4, 1)}, "Bedding-in", id="bedding-in"),
    ],
)
def test_what_has_no_consequence_is_shown_and_weighs_nothing(level, standing):
    contract = a_contract(a_vendor())
    a_figure(a_kpi(contract, "young", level=level), MARCH, "10", "BELOW_MINIMUM")
    a_figure(a_kpi(contract, "firm"), MARCH, attainment="100")

    found = family(card_of(contract))

    young = next(line for line in found.lines if line.kpi == "young")
    assert (young.standing, young.share, young.figure.attainment) == (standing, None, None)
    assert (found.score, found.coverage) == (100, 1)


def test_the_months_of_a_quarter_share_their_kpis_weight():
    contract = a_contract(a_vendor())
    monthly = a_kpi(contract, "monthly", level={"weight": "1"})
    for month, attainment in ((1, "100"), (2, "100"), (3, "40")):
        a_figure(monthly, date(2026, month, 1), attainment=attainment)
    quarterly = a_kpi(contract, "quarterly", definition={"period": "quarter"})
    a_figure(quarterly, MARCH, attainment="0")

    found = family(card_of(contract, date(2026, 1, 1), date(2026, 3, 31)))

    assert found.score == 40
    assert [len(line.figures) for line in found.lines] == [3, 1]


def test_a_month_in_bedding_in_keeps_its_part_of_the_quarter_and_weighs_nothing():
    contract = a_contract(a_vendor())
    young = a_kpi(contract, "young", level={"weight": "1", "enforced_from": date(2026, 2, 1)})
    for month, attainment in ((1, "0"), (2, "100"), (3, "100")):
        a_figure(young, date(2026, month, 1), attainment=attainment)
    quarterly = a_kpi(contract, "quarterly", definition={"period": "quarter"})
    a_figure(quarterly, MARCH, attainment="0")

    found = family(card_of(contract, date(2026, 1, 1), date(2026, 3, 31)))

    assert found.score == 40  # (2/3 × 100 + 1 × 0) / (2/3 + 1)
    assert {line.kpi: line.weight for line in found.lines} == {
        "young": Fraction(2, 3),
        "quarterly": 1,
    }


def test_the_weight_is_the_one_of_the_level_that_judged_the_period():
    contract = a_contract(a_vendor())
    kpi = a_kpi(contract, "amended", level={"weight": "10"})
    kpi.levels.create(valid_from=date(2026, 3, 1), operator=">=", expected="97", weight="90")
    for month in (2, 3):
        a_figure(kpi, date(2026, month, 1))

    february = family(card_of(contract, date(2026, 2, 1), date(2026, 2, 28)))
    march = family(card_of(contract))

    assert [february.lines[0].weight, march.lines[0].weight] == [10, 90]
    assert [february.lines[0].figure.target, march.lines[0].figure.target] == ["≥ 95 %", "≥ 97 %"]


def test_a_card_shows_the_revision_in_force_and_says_that_it_was_restated():
    contract = a_contract(a_vendor())
    head = a_figure(a_kpi(contract, "accuracy"), MARCH, "94", "BELOW_MINIMUM")
    head.phase = "restated"
    a_revision(head, "96", "MET", reason="late invoices")

    figure = family(card_of(contract)).lines[0].figure

    assert (figure.actual, figure.revision, figure.phase_word.text) == ("96.00 %", 2, "Restated")


def test_a_kpi_of_a_process_belongs_to_the_processs_contract():
    contract = a_contract(a_vendor())
    a_figure(a_kpi(None, "by-process", process=a_process(contract)), MARCH)

    assert [line.kpi for line in family(card_of(contract)).lines] == ["by-process"]


class TestVendorCards:
    def test_contracts_weigh_by_the_charges_of_the_period(self):
        found = self.card(charges=(("EUR", 9000), ("EUR", 1000)))

        assert family(found).score == 90
        assert found.notes == ("Contracts weigh by their charges in EUR.",)
        assert [part.share for part in found.contracts] == [Fraction(9, 10), Fraction(1, 10)]

    def test_amounts_of_different_currencies_are_never_added(self):
        found = self.card(charges=(("EUR", 9000), ("GBP", 1000)))

        assert family(found).score == 50
        assert found.notes == ("Contracts weigh equally: charges are in EUR and GBP.",)

    def test_an_unknown_charge_is_not_zero(self):
        found = self.card(charges=(("EUR", 9000), ("EUR", None)))

        assert family(found).score == 50
        assert found.notes == ("Contracts weigh equally: no charges known for C-1.",)

    def test_an_unrated_contract_lowers_the_coverage(self):
        found = self.card(charges=(("EUR", 9000), ("EUR", 1000)), measured=("100", ""))

        assert (family(found).score, family(found).coverage) == (100, Fraction(9, 10))

    def test_a_charge_counts_by_the_days_it_shares_with_the_period(self):
        vendor = a_vendor()
        for number, attainment in enumerate(("100", "0")):
            contract = a_contract(vendor, f"C-{number}")
            a_figure(a_kpi(contract, f"kpi-{number}"), MARCH, attainment=attainment)
        year = {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)}
        first, second = Contract.objects.order_by("reference")
        first.charges.create(amount_minor=36500, **year)
        a_charge(second, MARCH, 3100)

        card = assemble(vendor=vendor, first_day=MARCH, last_day=date(2026, 3, 31))

        assert family(card).score == 50

    def card(self, charges, measured=("100", "0")):
        vendor = a_vendor()
        for number, ((currency, amount), attainment) in enumerate(
            zip(charges, measured, strict=True)
        ):
            contract = a_contract(vendor, f"C-{number}", currency=currency)
            status = "MET" if attainment else "NO_DATA"
            a_figure(a_kpi(contract, f"kpi-{number}"), MARCH, None, status, attainment=attainment)
            if amount is not None:
                a_charge(contract, MARCH, amount)
        return assemble(vendor=vendor, first_day=MARCH, last_day=date(2026, 3, 31))


def test_a_card_takes_as_many_queries_for_two_contracts_as_for_thirty():
    def queries(kpis: int) -> int:
        vendor = a_vendor(f"vendor-{kpis}")
        for number in range(kpis):
            contract = a_contract(vendor, f"C-{kpis}-{number}")
            kpi = a_kpi(contract, f"kpi-{kpis}-{number}")
            for month in (1, 2, 3):
                a_figure(kpi, date(2026, month, 1))
        with CaptureQueriesContext(connection) as seen:
            assemble(vendor=vendor, first_day=MARCH, last_day=date(2026, 3, 31))
        return len(seen)

    assert queries(2) == queries(30) == 5
    assert queries(1) == 4  # a single contract weighs everything: its charges are not asked for


def test_the_trend_ends_with_the_cards_period_and_keeps_its_gaps():
    contract = a_contract(a_vendor())
    kpi = a_kpi(contract, "accuracy")
    for month in (1, 3, 4):
        a_figure(kpi, date(2026, month, 1), attainment=str(month))

    found = family(card_of(contract))

    assert [(point.label, point.value) for point in found.trend] == [
        ("2026-01", 1.0),
        ("2026-02", None),
        ("2026-03", 3.0),
    ]
    assert [point.label for point in found.lines[0].trend] == ["2026-01", "2026-03"]


def test_the_newest_month_is_the_last_one_that_has_ended_with_a_figure():
    contract = a_contract(a_vendor())
    kpi = a_kpi(contract, "accuracy")
    assert latest_span(contract=contract) is None

    a_figure(kpi, MARCH)
    a_figure(kpi, date(2026, 4, 1), None, "NO_DATA")
    a_figure(kpi, date(2026, 5, 1), period={"phase": "running"})

    assert latest_span(contract=contract).label == "2026-03"


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (None, "not rated"),
        (Fraction(0), "0.0"),
        (Fraction(200, 3), "66.7"),
        (Fraction(9999, 100), "99.9"),
        (Fraction(100), "100.0"),
    ],
)
def test_a_score_below_100_never_reads_as_100(score, text):
    assert score_text(score) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, ""), (Fraction(1, 3), "33 %"), (Fraction(999, 1000), "99 %"), (Fraction(1), "100 %")],
)
def test_a_coverage_that_lacks_something_never_reads_as_all(share, text):
    assert share_text(share) == text
