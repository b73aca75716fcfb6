"""The example portfolio is one a buyer would recognise, and its feeds fit it."""

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import MEASURES
from metrics.feeds.mapping import compile_mapping, parse_mapping
from metrics.feeds.mapping.catalogue import catalogue_of
from tests.demo.delivered import every_parcel
from tests.demo.portfolio import exact, section

FEEDS = {feed["code"]: feed for feed in section("feeds")}


def _catalogue() -> dict[str, dict[str, Any]]:
    return {kpi["code"]: _entry(number, kpi) for number, kpi in enumerate(section("kpis"), 1)}


def _entry(number: int, kpi: dict[str, Any]) -> dict[str, Any]:
    measure = MEASURES[kpi["measure"]]
    role_sets = measure.roles_for(kpi.get("parameters", {}))
    roles = {role: place for roles in role_sets for role, place in roles.items()}
    return {
        "id": number,
        "scale": kpi.get("decimals", 0),
        "time": kpi["time"],
        "roles": {**roles, **measure.optional_roles},
        "required": [sorted(roles) for roles in role_sets],
    }


@pytest.mark.parametrize("code", FEEDS)
def test_every_mapping_parses_and_compiles(code: str) -> None:
    mapping = parse_mapping({key: said for key, said in FEEDS[code].items() if key != "owes"})
    assert compile_mapping(mapping, catalogue_of(_catalogue())).mapping.code == code


def test_every_delivery_names_a_feed_and_every_feed_is_delivered() -> None:
    assert {parcel.feed for parcel in every_parcel()} == set(FEEDS)


def test_weights_add_up_to_a_hundred_in_each_family_of_a_contract() -> None:
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for kpi in section("kpis"):
        owner = kpi.get("contract", kpi.get("process"))
        sums[owner, kpi["family"]] += exact(kpi["service_levels"][-1]["weight"])
    assert set(sums.values()) == {Fraction(100)}


def test_all_families_and_most_measures_occur() -> None:
    kpis = list(section("kpis"))
    assert 28 <= len(kpis) <= 35
    families = Counter(kpi["family"] for kpi in kpis)
    assert min(families.values()) >= 5
    assert set(families) == {"outcome", "throughput", "transparency", "compliance"}
    assert len(set(MEASURES) - {kpi["measure"] for kpi in kpis}) <= 2


def test_vendors_do_judgement_work_and_volume_work_in_several_currencies() -> None:
    contracts = list(section("contracts"))
    assert len({contract["vendor"] for contract in contracts}) >= 7
    assert {contract["currency"] for contract in contracts} >= {"EUR", "USD", "GBP", "INR", "JPY"}
    kinds = {contract["kind"] for contract in contracts}
    assert kinds == {"master_agreement", "statement_of_work", "order", "change_order"}
    assert {process["nature"] for process in section("processes")} == {"knowledge", "volume"}
    assert [p["code"] for p in section("processes") if "contract" not in p] == ["invoice-coding"]


def test_an_amendment_raises_a_level() -> None:
    (kpi,) = [kpi for kpi in section("kpis") if kpi["code"] == "halcyon-accuracy"]
    before, after = kpi["service_levels"]
    assert after["amendment"] == 1
    assert exact(after["expected"]) > exact(before["expected"])
    assert exact(after["minimum"]) > exact(before["minimum"])


def test_one_kpi_is_bedded_in_and_some_ask_for_a_volume() -> None:
    levels = [level for kpi in section("kpis") for level in kpi["service_levels"]]
    assert sum("enforced_from" in level for level in levels) == 1
    assert sum("min_volume" in level for level in levels) >= 1
