"""What a reader of a back-test has to know beside its figures."""

from collections.abc import Iterable, Iterator, Mapping

from metrics.backtests.past import Past
from metrics.backtests.periods import Periods
from metrics.evaluation.marks import busy_kpis
from metrics.models import BreachCase


def notes_of(past: Past, kpis: Mapping[int, Periods]) -> Iterator[str]:
    """Sentences about periods that are not final, and about what could not move along."""
    rows = [row for found in kpis.values() for row, _, _ in found.rows]
    provisional = sum(not row.is_final for row in rows)
    if provisional:
        yield (
            f"{_periods(provisional)} provisional: late rows may still change them, and their "
            "credits are estimates outside of the totals."
        )
    for code in sorted(past.kpis[pk].code for pk in busy_kpis() & kpis.keys()):
        yield f"Deliveries of {code} are still being evaluated: what stands now may change."
    for pk, found in kpis.items():
        if found.is_cut_anew and _has_waivers(past, pk):
            yield (
                f"Waivers of {past.kpis[pk].code} belong to periods that are cut anew, and count "
                "in none of the new ones."
            )
    yield from _proposed_relief(past, kpis)


def _has_waivers(past: Past, kpi_id: int) -> bool:
    cases = (getattr(head, "case", None) for head in past.heads.get(kpi_id, ()))
    return any(case and case.state == BreachCase.State.WAIVED for case in cases)


def _proposed_relief(past: Past, kpis: Mapping[int, Periods]) -> Iterable[str]:
    for pk, found in kpis.items():
        count = sum(bool(row.now and row.now.relief_proposed) for row, _, _ in found.rows)
        if count:
            yield (
                f"Relief for volume would be proposed for {_periods(count, 'of')} "
                f"{past.kpis[pk].code}; until a person decides, it changes no figure."
            )


def _periods(count: int, joined: str = "") -> str:
    noun = "period" if count == 1 else "periods"
    if joined:
        return f"{count} {noun} {joined}"
    return f"{count} {noun} {'is' if count == 1 else 'are'}"
