"""Laws of the ledger, whatever happens in whatever order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from metrics.engine.credits import Charge, EarnBack, Outcome, postings, shared_out
from tests.engine.credits.making import amount, credits_of, month, short

KPIS, MONTHS = 3, 4


def outcome_of(kpi: int, in_month: int, points: int) -> Outcome:
    """A month that is ``points`` short of 95; 0 has met."""
    failed = points > 0
    found = short(str(95 - points), "95", number=kpi * 100 + in_month, kpi=kpi, in_month=in_month)
    return replace(found, failed=failed, tallied=failed, met=not failed, cause=in_month)


places = st.tuples(st.integers(1, KPIS), st.integers(1, MONTHS))
facts = st.one_of(
    st.tuples(st.just("figure"), places, st.integers(0, 40)),
    st.tuples(st.just("charge"), st.integers(1, MONTHS), st.integers(0, 10**9)),
    st.tuples(st.just("waiver"), places, st.booleans()),
    st.tuples(st.just("final"), places, st.booleans()),
)
terms = st.fixed_dictionaries(
    {},
    optional={
        "same_cause": st.sampled_from(["all", "highest"]),
        "excess": st.sampled_from(["lost", "carried"]),
        "rounding": st.sampled_from(["half_up", "half_even"]),
        "period_cap": st.sampled_from([amount("100"), amount("0.01")]),
        "annual_cap": st.sampled_from([amount("150")]),
        "earn_back": st.sampled_from([EarnBack("met_for", 1, Fraction(50))]),
    },
)
RULE = ("shortfall_points", {"percent": "0.37"})


class World:
    """What is known so far."""

    def __init__(self) -> None:
        self.outcomes = {
            (kpi, in_month): outcome_of(kpi, in_month, 0)
            for kpi in range(1, KPIS + 1)
            for in_month in range(1, MONTHS + 1)
        }
        self.charges: dict[int, Charge] = {}

    def learn(self, fact: tuple[object, ...]) -> None:
        name, place, value = fact
        if name == "charge":
            self.charges[place] = Charge(month(place), value)  # type: ignore[index,arg-type]
            return
        known = self.outcomes[place]  # type: ignore[index]
        if name == "figure":
            later = outcome_of(known.kpi, place[1], value)  # type: ignore[index,arg-type]
            known = replace(later, waived=known.waived, final=known.final)
        elif name == "waiver":
            known = replace(known, waived=bool(value))
        else:
            known = replace(known, final=bool(value))
        self.outcomes[place] = known  # type: ignore[index]


@given(st.lists(facts, max_size=25), terms)
def test_the_ledger_comes_to_what_is_required_whatever_came_first(
    known: list[tuple[object, ...]], agreed: dict[str, object]
) -> None:
    world, posted = World(), dict[str, int]()
    for fact in known:
        world.learn(fact)
        found = credits_of(
            list(world.outcomes.values()), RULE, list(world.charges.values()), **agreed
        )
        for posting in postings(found, posted):
            assert posting.amount != 0
            posted[posting.key] = posted.get(posting.key, 0) + posting.amount
        needed = {line.key: line.amount for line in found.lines}
        awaited = {each.key for each in found.waiting}
        assert {key: sum_ for key, sum_ in posted.items() if sum_ and key not in awaited} == needed
        assert postings(found, posted) == []


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_shares_add_up_and_none_is_a_unit_off(amount: int, weights: list[int]) -> None:
    shares = shared_out(amount, weights)
    whole = sum(weights)
    assert sum(shares) == amount
    assert all(
        abs(share - Fraction(amount * weight, whole)) < 1
        for share, weight in zip(shares, weights, strict=True)
    )
