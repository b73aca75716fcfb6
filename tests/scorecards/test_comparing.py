from datetime import date

import pytest

from contracts.selectors.scope import EVERYTHING
from metrics.scorecards.assemble import assemble_two
from metrics.scorecards.comparing import side_by_side
from metrics.scorecards.peers import peers_of
from metrics.selectors.spans import month_of, quarter_of
from tests.factories import a_contract, a_figure, a_kpi, a_vendor

pytestmark = pytest.mark.django_db
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


def compared(contract, then=None, now=None):
    spans = then or month_of(FEBRUARY), now or month_of(MARCH)
    families = side_by_side(*assemble_two(spans=spans, contract=contract))
    return {pair.kpi: pair for family in families for pair in family.pairs}


class TestPeriods:
    @pytest.mark.parametrize(
        ("direction", "then", "now", "change", "tone"),
        [
            ("higher", "96", "97.5", "+1.50 points", "good"),
            ("higher", "97.5", "96", "−1.50 points", "bad"),
            ("lower", "2", "1", "−1.00 points", "good"),
            ("lower", "1", "2", "+1.00 points", "bad"),
            ("within", "1", "2", "+1.00 points", "quiet"),
            ("higher", "96", "96", "±0.00 points", "quiet"),
            ("higher", "200/3", "66", "−0.67 points", "bad"),
        ],
    )
    def test_a_change_is_exact_and_better_or_worse_as_the_promise_says(
        self, direction, then, now, change, tone
    ):
        contract = a_contract(a_vendor())
        kpi = a_kpi(contract, "accuracy", direction=direction)
        a_figure(kpi, FEBRUARY, then)
        a_figure(kpi, MARCH, now)

        pair = compared(contract)["accuracy"]

        assert (pair.change, pair.tone, pair.obstacle) == (change, tone, "")

    def test_another_measure_or_unit_is_not_subtracted(self):
        contract = a_contract(a_vendor())
        for code, new in (("measure", {"measure": "mean"}), ("unit", {"unit": "hours"})):
            kpi = a_kpi(contract, code)
            a_figure(kpi, FEBRUARY, "96")
            first = kpi.definitions.get()
            given = {"measure": "ratio", "unit": "percent", "period": "month", "zone": "UTC"} | new
            kpi.definitions.create(valid_from=MARCH, **given)
            a_figure(kpi, MARCH, "97")
            assert first.measure == "ratio"

        pairs = compared(contract)

        assert pairs["measure"].obstacle == "measured differently: ratio then, mean now"
        assert pairs["unit"].obstacle == "other unit: percent then, hours now"
        assert {pair.change for pair in pairs.values()} == {""}

    def test_a_missing_side_is_said_and_never_taken_for_zero(self):
        contract = a_contract(a_vendor())
        a_figure(a_kpi(contract, "new", first_day=MARCH), MARCH, "97")
        gone = a_kpi(contract, "gone", last_day=date(2026, 2, 28))
        a_figure(gone, FEBRUARY, "97")
        silent = a_kpi(contract, "silent")
        a_figure(silent, FEBRUARY, None, "NO_DATA")
        a_figure(silent, MARCH, "97")

        pairs = compared(contract)

        assert {code: pair.obstacle for code, pair in pairs.items()} == {
            "new": "not on the card then",
            "gone": "not on the card now",
            "silent": "no figure then",
        }

    def test_a_changed_service_level_is_noted(self):
        contract = a_contract(a_vendor())
        kpi = a_kpi(contract, "accuracy")
        a_figure(kpi, FEBRUARY, "96")
        kpi.levels.create(valid_from=MARCH, operator=">=", expected="97", weight="1")
        a_figure(kpi, MARCH, "96")

        assert compared(contract)["accuracy"].note == "service level was ≥ 95 %, is ≥ 97 %"

    def test_a_quarter_of_months_is_not_subtracted_from_one(self):
        contract = a_contract(a_vendor())
        kpi = a_kpi(contract, "accuracy")
        for month in (1, 2, 3):
            a_figure(kpi, date(2026, month, 1), "96")

        pair = compared(contract, then=quarter_of(MARCH))["accuracy"]

        assert pair.obstacle == "several periods in one: compare months"

    def test_each_side_has_its_own_trend_and_score(self):
        contract = a_contract(a_vendor())
        kpi = a_kpi(contract, "accuracy")
        a_figure(kpi, FEBRUARY, "90", "BELOW_MINIMUM")
        a_figure(kpi, MARCH, "96")

        then, now = assemble_two(spans=(month_of(FEBRUARY), month_of(MARCH)), contract=contract)

        assert [card.families[0].score for card in (then, now)] == [0, 100]
        assert [len(card.families[0].lines[0].trend) for card in (then, now)] == [1, 2]


class TestPeers:
    def test_vendors_stand_beside_each_other_in_one_family(self):
        acme, bolt = a_vendor("acme"), a_vendor("bolt")
        for vendor, attainment in ((acme, "100"), (bolt, "40")):
            contract = a_contract(vendor, f"{vendor.code}-1")
            a_figure(a_kpi(contract, f"{vendor.code}-a"), MARCH, attainment=attainment)
            other = a_kpi(contract, f"{vendor.code}-t", family="throughput")
            a_figure(other, MARCH, attainment="0")

        found = self.found(acme, bolt)

        assert [(each.code, each.score) for each in found.scores] == [("acme", 100), ("bolt", 40)]
        (group,) = found.groups
        assert group.is_comparable
        assert [peer.line.kpi for peer in group.lines] == ["acme-a", "bolt-a"]
        assert not hasattr(found, "score")

    def test_only_what_is_measured_alike_stands_in_one_table(self):
        acme, bolt = a_vendor("acme"), a_vendor("bolt")
        a_figure(a_kpi(a_contract(acme, "A-1"), "share"), MARCH)
        slow = {"definition": {"unit": "hours", "measure": "mean"}, "direction": "lower"}
        a_figure(a_kpi(a_contract(bolt, "B-1"), "hours", **slow), MARCH, "4")

        groups = self.found(acme, bolt).groups

        assert {group.words: group.is_comparable for group in groups} == {
            "share of good items in %, higher is better": False,
            "average in hours, lower is better": False,
        }

    def test_a_vendor_that_was_not_chosen_is_not_there(self):
        acme, bolt = a_vendor("acme"), a_vendor("bolt")
        for vendor in (acme, bolt):
            a_figure(a_kpi(a_contract(vendor, f"{vendor.code}-1"), f"{vendor.code}-a"), MARCH)

        assert [each.code for each in self.found(bolt).scores] == ["bolt"]
        assert [p.vendor_code for p in self.found(bolt).groups[0].lines] == ["bolt"]

    def found(self, *vendors):
        return peers_of(scope=EVERYTHING, vendors=vendors, family="outcome", span=month_of(MARCH))
