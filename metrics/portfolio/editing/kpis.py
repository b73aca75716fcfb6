"""KPIs registered and edited by people."""

from datetime import date, datetime

from contracts.models.managed import ManagedBy
from contracts.services.writing import save
from metrics.models import Kpi
from metrics.portfolio.editing.entries import Entry, entry_of
from metrics.portfolio.editing.running import editing, entry_apply, refused
from metrics.portfolio.reconcile.kpis import reconcile_kpi
from metrics.portfolio.reconcile.run import BY_FILES


def kpi_register(*, entry: Entry, as_of: datetime, plan_only: bool = False) -> Kpi:
    """A new KPI with its definition and service levels, as ``entry`` states them.

    ``entry`` has the keys of a KPI in a portfolio file; ``plan_only`` takes everything back.
    Raises EditRefusedError with all reasons.
    """
    with editing(plan_only=plan_only):
        code = str(entry.get("code", ""))
        if Kpi.objects.filter(code=code).exists():
            hint = "choose another code; codes are never used twice, not even after archiving"
            raise refused(f"KPI '{code}' is there already", hint, "code")
        entry_apply(entry, reconcile_kpi, as_of=as_of)
        kpi = Kpi.objects.get(code=code)
    return kpi


def kpi_edit(
    *,
    kpi: Kpi,
    name: str,
    clause: str,
    wording: str,
    last_day: date | None,
    as_of: datetime,
) -> Kpi:
    """Say anew what a KPI is called, which clause it rests on and how long it is measured.

    An empty ``last_day`` means: as long as its contract. Raises EditRefusedError.
    """
    given = {"name": name, "clause": clause, "wording": wording, "last_day": last_day}
    with editing():
        kpi_refuse_foreign(kpi)
        entry = {key: value for key, value in entry_of(kpi).items() if key not in given}
        entry |= {key: value for key, value in given.items() if value not in (None, "")}
        entry_apply(entry, reconcile_kpi, as_of=as_of)
    return Kpi.objects.get(pk=kpi.pk)


def kpi_archive(*, kpi: Kpi, as_of: datetime, reason: str = "") -> Kpi:
    """Take a KPI out of use: nothing is measured any more, everything stays on record.

    Raises EditRefusedError for a KPI of portfolio files, and for one that is archived.
    """
    with editing():
        kpi_refuse_foreign(kpi)
        kpi.archived_at = as_of
        save(kpi, action="archived", reason=reason)
    return kpi


def kpi_restore(*, kpi: Kpi, as_of: datetime) -> Kpi:
    """Bring an archived KPI back; the periods in between are measured with the next sweep.

    Raises EditRefusedError for a KPI of portfolio files, of an archived contract or process, and
    for one that is in use.
    """
    with editing():
        _refuse_files(kpi)
        if kpi.archived_at is None:
            raise refused(f"KPI '{kpi.code}' is in use", "nothing is left to do")
        for owner, noun in ((kpi.contract, "contract"), (kpi.process, "process")):
            if owner and owner.archived_at:
                raise refused(f"its {noun} {owner} is archived", "bring that back into use first")
        kpi.archived_at, kpi.visited_until, kpi.next_tick_at = None, None, as_of
        save(kpi, action="restored")
    return kpi


def kpi_refuse_foreign(kpi: Kpi) -> None:
    """Raises EditRefusedError where people may not change the KPI: its files, or the archive."""
    _refuse_files(kpi)
    if kpi.archived_at is not None:
        raise refused(f"KPI '{kpi.code}' is archived", "bring it back into use first")


def _refuse_files(kpi: Kpi) -> None:
    if kpi.managed_by == ManagedBy.PORTFOLIO:
        message = "portfolio files manage this one: pages do not overwrite it"
        raise refused(message, BY_FILES)
