"""Volume relief: more work than was forecast is proposed as an excuse, for the buyer to decide."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef, Subquery

from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.writing import save, writing
from metrics.casework.moving import refuse_without
from metrics.casework.relief import relief_ask
from metrics.engine import Period, plain
from metrics.evaluation.terms import terms_of
from metrics.models import BreachCase, Kpi, KpiPeriod, ReliefRequest, VolumeForecast

_A_DAY = timedelta(days=1)
_MISSED = ("BELOW_EXPECTED", "BELOW_MINIMUM")


def volume_forecast_lock(
    *,
    kpi: Kpi,
    first_day: date,
    quantity: Decimal,
    scope: Scope,
    as_of: datetime,
    locked_at: datetime | None = None,
) -> VolumeForecast:
    """Keep the volume forecast for a period for good. ``locked_at``: when it was agreed, by itself
    now.

    Raises ValidationError: without a period that begins on ``first_day``, for a negative quantity,
    for one that is locked once the period is over, and for a second one.
    """
    refuse_without(Duty.TERMS, scope)
    by, locked = actor_of(scope), locked_at or as_of
    period = _period(kpi, first_day)
    _refuse(period, quantity, locked, as_of)
    forecast = VolumeForecast(
        kpi=kpi,
        first_day=first_day,
        quantity=quantity,
        locked_at=locked,
        by=by.user,
        by_key=by.key,
    )
    with writing():
        save(forecast, action="locked")
    return forecast


def volume_relief_propose(as_of: datetime) -> list[ReliefRequest]:
    """Propose relief for every missed period that is over and whose volume exceeds the share of
    its locked forecast that the definition names; once for each."""
    return [relief for head in _unproposed() if (relief := _propose(head, as_of))]


def _unproposed() -> Iterator[KpiPeriod]:
    heads = KpiPeriod.objects.exclude(phase=KpiPeriod.Phase.RUNNING).filter(
        status__in=_MISSED,
        kpi__volume_forecasts__first_day=F("first_day"),
        current__definition__volume_relief_above__isnull=False,
    )
    proposed = ReliefRequest.objects.filter(origin=ReliefRequest.Origin.VOLUME)
    heads = heads.exclude(pk__in=proposed.values("period")).order_by("pk")
    locked = VolumeForecast.objects.filter(kpi=OuterRef("kpi"), first_day=OuterRef("first_day"))
    heads = heads.annotate(forecast=Subquery(locked.values("quantity")))
    return (head for head in heads.select_related("kpi", "current__definition") if _exceeds(head))


def _exceeds(head: KpiPeriod) -> bool:
    assert head.current is not None  # filtered by it
    return Fraction(head.current.volume) > _bound(head)


def _bound(head: KpiPeriod) -> Fraction:
    """The volume above which relief is proposed, in natural units, of a period that
    ``_unproposed`` gave."""
    assert head.current is not None  # filtered by it
    above = head.current.definition.volume_relief_above
    assert above is not None  # filtered by it
    return Fraction(head.forecast) * Fraction(above) / 100  # type: ignore[attr-defined]


def _propose(head: KpiPeriod, as_of: datetime) -> ReliefRequest | None:
    """The request; None where another worker made it meanwhile."""
    with writing():
        KpiPeriod.objects.select_for_update(of=("self",), no_key=True).get(pk=head.pk)
        if head.relief.filter(origin=ReliefRequest.Origin.VOLUME).exists():
            return None
        relief = ReliefRequest(
            period=head,
            case=BreachCase.objects.filter(period=head).first(),
            origin=ReliefRequest.Origin.VOLUME,
            reason=_reason(head),
            whole_period=True,
            requested_at=as_of,
        )
        save(relief, action="proposed", reason=relief.reason)
        relief_ask(relief)
    return relief


def _reason(head: KpiPeriod) -> str:
    assert head.current is not None  # filtered by it
    above = head.current.definition.volume_relief_above
    volume, bound = plain(Fraction(head.current.volume)), plain(_bound(head))
    return (
        f"The volume of {head.label} was {volume}, above {bound}: {above} % of the locked "
        "forecast. Relief for the whole period is proposed."
    )


def _period(kpi: Kpi, first_day: date) -> Period:
    line = terms_of([kpi.pk]).get(kpi.pk)
    noon = datetime.combine(first_day, time(12), UTC)
    periods = line.timeline.between(noon - _A_DAY, noon + _A_DAY) if line else []
    found = next((period for period in periods if period.first_day == first_day), None)
    if found is None:
        raise ValidationError({"first_day": f"No period of {kpi} begins on {first_day}."})
    return found


def _refuse(period: Period, quantity: Decimal, locked: datetime, as_of: datetime) -> None:
    errors = {}
    if quantity < 0:
        errors["quantity"] = "A volume is not negative."
    if locked > as_of:
        errors["locked_at"] = "That lies ahead: it is locked now at the latest."
    elif locked >= period.end:
        errors["locked_at"] = (
            f"{period.label} was over by then, and its volume known: a forecast is locked before."
        )
    if errors:
        raise ValidationError(errors)
