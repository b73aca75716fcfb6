"""The days that figures are told for, each stretch once, beside the KPIs' own periods."""

from collections.abc import Iterable

from kpotracker.toolkit.stamping import stamp
from metrics.models import KpiPeriod, ReportingPeriod


def periods_note(heads: Iterable[KpiPeriod]) -> None:
    """Have a reporting period for each head; call it among the last of a transaction."""
    wanted = {period.key: period for period in map(_period_of, heads)}
    known = ReportingPeriod.objects.filter(key__in=wanted).values_list("key", flat=True)
    missing = [wanted[key] for key in sorted(wanted.keys() - set(known))]
    if not missing:
        return
    ReportingPeriod.objects.bulk_create(missing, ignore_conflicts=True)
    keys = [period.key for period in missing]
    stamp(
        ReportingPeriod, ReportingPeriod.objects.filter(key__in=keys).values_list("pk", flat=True)
    )


def _period_of(head: KpiPeriod) -> ReportingPeriod:
    key = f"{head.label}:{head.first_day}/{head.last_day}"
    return ReportingPeriod(
        key=key, label=head.label, first_day=head.first_day, last_day=head.last_day
    )
