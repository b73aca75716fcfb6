"""fact_credit: the postings of the credit ledger, keyed to the dimensions. Amounts are exact text
in their own currency; whoever adds some adds those of one currency."""

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs, Cast, Concat, LPad

from contracts.selectors.scope import EVERYTHING
from contracts.services.currencies import MINOR_UNITS
from kpotracker.toolkit.filters import choices, codes, days
from kpotracker.toolkit.pagination import updated
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.bi.sources import IsoDay, updated_at
from metrics.models import CreditEntry, CreditEvent
from metrics.selectors import scope as scoped

_TEXT, _INTEGER, _DAY = Kind.TEXT, Kind.INTEGER, Kind.DAY
_NEWEST = CreditEvent.objects.filter(entry=OuterRef("pk")).order_by("-id")
_STATE = Subquery(_NEWEST.values("state")[:1], output_field=CharField())


def _text(number: Combinable) -> Cast:
    return Cast(number, CharField())


def _with_decimals(places: int) -> Combinable:
    """A whole number of minor units with its decimal point, such as -1500.00."""
    if not places:
        return _text(F("amount_minor"))
    size = ExpressionWrapper(Abs(F("amount_minor")), output_field=BigIntegerField())
    unit = Value(10**places, output_field=BigIntegerField())
    whole = ExpressionWrapper(size / unit, output_field=BigIntegerField())
    rest = ExpressionWrapper(size - whole * unit, output_field=BigIntegerField())
    sign = Case(When(amount_minor__lt=0, then=Value("-")), default=Value(""))
    return Concat(sign, _text(whole), Value("."), LPad(_text(rest), places, Value("0")))


def _amount() -> Case:
    """The amount in its currency's own unit: two decimals, but where a currency has others."""
    others = sorted({places for places in MINOR_UNITS.values() if places != 2})
    named = {
        places: [code for code, each in MINOR_UNITS.items() if each == places] for places in others
    }
    cases = [When(currency__in=sorted(named[each]), then=_with_decimals(each)) for each in others]
    return Case(*cases, default=_with_decimals(2), output_field=CharField())


def _period_key() -> Concat:
    made = IsoDay(F("kpi_period__first_day")), Value("/"), IsoDay(F("kpi_period__last_day"))
    return Concat("kpi_period__label", Value(":"), *made)


_KEY = Case(When(kpi_period__isnull=False, then=_period_key()), output_field=CharField())

fact_credit = Collection(
    name="fact_credit",
    row="A posting of the service credit ledger.",
    rows_of=scoped.credit_entries,
    insider=EVERYTHING,
    filters=(
        codes(
            "vendor", lambda found: Q(contract__vendor__code__in=found), "Vendor code", "northwind"
        ),
        codes(
            "contract", lambda found: Q(contract__reference__in=found), "Reference", "NW-2024-01"
        ),
        codes("kpi", lambda found: Q(kpi_period__kpi__code__in=found), "KPI code", "desk-resolve"),
        choices("kind", CreditEntry.Kind.values, "kind", "Kind of posting"),
        *days("last_day", "Periods of service whose last day is"),
        *updated(),
    ),
    columns=(
        Column("id", _INTEGER, "pk", "Number of the posting, for ever the same."),
        Column(
            "vendor", _TEXT, "contract__vendor__code", "Key of dim_vendor.", example="northwind"
        ),
        Column("contract", _TEXT, "contract__reference", "Key of dim_contract."),
        Column(
            "kpi",
            _TEXT,
            "kpi_period__kpi__code",
            "Key of dim_kpi; null for what was carried over.",
            nullable=True,
            example="desk-resolve",
        ),
        Column(
            "period_key",
            _TEXT,
            _KEY,
            "Key of dim_period; null for what was carried over.",
            nullable=True,
            example="2026-03:2026-03-01/2026-03-31",
        ),
        Column("kind", _TEXT, "kind", "What was posted.", choices=CreditEntry.Kind.values),
        Column("corrects", _INTEGER, "corrects_id", "The posting it corrects.", nullable=True),
        Column("first_day", _DAY, "first_day", "First day of the period of service."),
        Column("last_day", _DAY, "last_day", "Its last day, included."),
        Column("counted_in", _DAY, "counted_in", "First day of the credit period it counts in."),
        Column(
            "amount_exact",
            _TEXT,
            _amount(),
            "The amount in the currency's own unit, with all its decimals; below 0 it gives back.",
            example="1500.00",
        ),
        Column("amount_minor", _INTEGER, "amount_minor", "The same in the smallest unit."),
        Column("currency", _TEXT, "currency", "ISO 4217; never add two of them.", example="EUR"),
        Column(
            "state", _TEXT, _STATE, "Where the posting stands.", choices=CreditEntry.State.values
        ),
        Column("posted_at", Kind.INSTANT, "posted_at", "When it was posted."),
        updated_at(),
    ),
)
