"""What people did about service credits: told the vendors, agreed, wrote a letter, issued a note."""

from datetime import date
from typing import Final

from contracts.models import Contract
from contracts.services.acting import acting_as
from metrics.casework.claiming import Claim
from metrics.casework.relief import relief_request
from metrics.credits.invoices import lines_of
from metrics.credits.moving import credit_move
from metrics.credits.notes import note_issue
from metrics.credits.ratefiles import rates_load
from metrics.credits.reconciling import invoice_check
from metrics.demo.cast import Actor, case_of
from metrics.demo.story import TODAY
from metrics.letters.composing import Request
from metrics.letters.making import letter_make, letter_serve
from metrics.letters.subjects import subject_of_case
from metrics.models import CreditEntry, Letter
from metrics.models.letters import LetterKind
from metrics.selectors.spans import parse_span

State = CreditEntry.State
# One unit of each currency in euro; invented, like everything here
_RATES: Final = """base,quote,day,rate,source
USD,EUR,2026-10-30,0.8920,Month-end rates of treasury
GBP,EUR,2026-10-30,1.1540,Month-end rates of treasury
INR,EUR,2026-10-30,0.0103,Month-end rates of treasury
JPY,EUR,2026-10-30,0.0059,Month-end rates of treasury
"""
# contract, last day up to which what was posted was told to the vendor
_TOLD: Final = (
    ("HAL-SOW-01", date(2026, 8, 31)),
    ("SAF-SOW-01", date(2026, 8, 31)),
    ("STR-ORD-01", date(2026, 1, 31)),
)


def settle_money(tom: Actor, dana: Actor, jonas: Actor) -> None:
    """Rates, notifications, Halcyon's agreement to June and its request for August, papers."""
    with acting_as(dana.user):
        rates_load(text=_RATES)
    with acting_as(tom.user):
        for reference, until in _TOLD:
            _notify(reference, until, tom)
    with acting_as(jonas.user):
        _agree(jonas)
        _ask_for_relief(jonas)
    with acting_as(tom.user):
        _claim(tom)
        _issue("HAL-SOW-01", "2026-06", tom)
        _issue("SAF-SOW-01", "2026-08", tom)
        _check_invoice(tom)


def _notify(reference: str, until: date, tom: Actor) -> None:
    posted = CreditEntry.objects.filter(contract__reference=reference, last_day__lte=until)
    for entry in posted.order_by("id"):
        credit_move(entry_id=entry.pk, to=State.NOTIFIED, scope=tom.scope, as_of=TODAY)


def _agree(jonas: Actor) -> None:
    june = CreditEntry.objects.get(
        contract__reference="HAL-SOW-01", kpi_period__label="2026-06", number=1
    )
    credit_move(entry_id=june.pk, to=State.AGREED, scope=jonas.scope, as_of=TODAY)


def _ask_for_relief(jonas: Actor) -> None:
    """August: three groups were on an offer that nobody had told Halcyon of."""
    claim = Claim(
        reason="The oil offers of August were agreed after our forecast had been issued.",
        predicate='series in ("Öle Bio", "Öle Klassik", "Öle Saison")',
        rows="Oils: organic, classic and seasonal",
    )
    case = case_of("halcyon-accuracy", "2026-08")
    relief_request(case_id=case.pk, claim=claim, scope=jonas.scope, as_of=TODAY)


def _claim(tom: Actor) -> None:
    """The credit of August is claimed by a letter, which was sent by registered post."""
    letter = _letter(tom)
    letter_serve(
        letter_id=letter.pk,
        served_on=TODAY.date(),
        way=Letter.Way.REGISTERED,
        reference="RR 1204 5518 7 DE",
        scope=tom.scope,
        as_of=TODAY,
    )


def _letter(tom: Actor) -> Letter:
    request = Request(
        kind=LetterKind.CLAIM,
        subject=subject_of_case(case_of("halcyon-accuracy", "2026-08")),
        by=str(tom.user),
        paragraph="Please show the credit on your invoice for November.",
        answer_by=date(2026, 11, 27),
    )
    return letter_make(request=request, scope=tom.scope, as_of=TODAY)


def _issue(reference: str, period: str, tom: Actor) -> None:
    contract = Contract.objects.get(reference=reference)
    note_issue(contract=contract, span=parse_span(period), scope=tom.scope, as_of=TODAY)


def _check_invoice(tom: Actor) -> None:
    """Stratus credited December as it should, and January as if its first tier had held."""
    contract = Contract.objects.get(reference="STR-ORD-01")
    stated = [
        {"kpi": "stratus-availability", "period": period, "amount": "945.00"}
        for period in ("2025-12", "2026-01")
    ]
    invoice_check(
        contract=contract,
        invoice="INV-2026-0311",
        invoice_day=date(2026, 11, 2),
        lines=lines_of(stated, contract),
        scope=tom.scope,
        as_of=TODAY,
    )
