"""Rows for tests that read: plain functions, one per noun, everything but the point defaulted."""

import hashlib
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from contracts.models import Amendment, Charge, Contract, Process, User, Vendor
from metrics.evaluation.calendar import periods_note
from metrics.models import (
    BreachCase,
    CaseTransition,
    Delivery,
    Feed,
    FeedMapping,
    Ingestion,
    Kpi,
    KpiDefinition,
    KpiPeriod,
    QuarantinedRow,
    ResultRevision,
    ServiceLevel,
)

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


def a_vendor(code: str = "acme", **fields: Any) -> Vendor:
    return Vendor.objects.create(code=code, **{"name": code.title(), "owner": "Dana"} | fields)


def a_contract(vendor: Vendor, reference: str = "AC-1", **fields: Any) -> Contract:
    given = {
        "title": f"Work of {vendor.code}",
        "kind": Contract.Kind.STATEMENT,
        "zone": "UTC",
        "currency": "EUR",
        "pricing": Contract.Pricing.OUTCOME,
        "first_day": date(2024, 1, 1),
        "last_day": date(2026, 12, 31),
    }
    return Contract.objects.create(reference=reference, vendor=vendor, **given | fields)


def an_amendment(contract: Contract, number: int = 1, **fields: Any) -> Amendment:
    given = {"title": "Higher level", "effective_from": date(2025, 10, 1)}
    return Amendment.objects.create(contract=contract, number=number, **given | fields)


def a_process(contract: Contract | None, code: str = "claims", **fields: Any) -> Process:
    given = {"name": code.title(), "nature": Process.Nature.KNOWLEDGE}
    return Process.objects.create(contract=contract, code=code, **given | fields)


def a_charge(contract: Contract, month: date, minor: int, **fields: Any) -> Charge:
    return Charge.objects.create(
        contract=contract,
        first_day=month.replace(day=1),
        last_day=month_end(month),
        amount_minor=minor,
        **fields,
    )


def a_user(
    username: str,
    role: str = User.Role.ANALYST,
    vendors: tuple[Vendor, ...] = (),
    password: str | None = None,
) -> User:
    """Without a password, whose hash is slow on purpose, only ``force_login`` signs them in."""
    user = User.objects.create_user(username, password=password, role=role)
    user.vendors.set(vendors)
    return user


def a_kpi(contract: Contract | None, code: str, **fields: Any) -> Kpi:
    """A KPI with one monthly definition and, unless ``level`` is None, one service level."""
    level = fields.pop("level", {})
    definition = {
        "valid_from": date(2024, 1, 1),
        "measure": "ratio",
        "unit": "percent",
        "places": 2,
        "period": "month",
        "zone": "UTC",
    } | fields.pop("definition", {})
    given = {
        "name": code.replace("-", " ").capitalize(),
        "family": Kpi.Family.OUTCOME,
        "direction": Kpi.Direction.HIGHER,
        "time_field": Kpi.TimeField.FINISHED,
        "first_day": date(2024, 1, 1),
        "decimals": 2,
    }
    kpi = Kpi.objects.create(code=code, contract=contract, **given | fields)
    KpiDefinition.objects.create(kpi=kpi, **definition)
    if level is not None:
        a_level(kpi, **level)
    return kpi


def a_level(kpi: Kpi, **fields: Any) -> ServiceLevel:
    given = {"valid_from": date(2024, 1, 1), "operator": ">=", "expected": "95", "weight": "1"}
    level = ServiceLevel.objects.create(kpi=kpi, **given | fields)
    level.refresh_from_db()
    return level


def a_figure(
    kpi: Kpi, month: date, value: str | None = "96", status: str = "MET", **fields: Any
) -> KpiPeriod:
    """The final head of ``kpi`` in the month of ``month`` with its first revision."""
    head = a_period(kpi, month, **fields.pop("period", {}))
    a_revision(head, value, status, **fields)
    return head


def a_period(kpi: Kpi, month: date, **fields: Any) -> KpiPeriod:
    first, last = month.replace(day=1), month_end(month)
    given = {
        "starts_at": datetime(first.year, first.month, 1, tzinfo=UTC),
        "ends_at": datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1),
        "first_day": first,
        "last_day": last,
        "label": f"{first:%Y-%m}",
        "phase": KpiPeriod.Phase.FINAL,
        "status": "NO_DATA",
    }
    head = KpiPeriod.objects.create(kpi=kpi, **given | fields)
    periods_note([head])
    return head


def a_revision(
    head: KpiPeriod, value: str | None, status: str = "MET", **fields: Any
) -> ResultRevision:
    """The next revision of ``head``, which becomes the one in force."""
    kpi, number = head.kpi, head.revisions.count() + 1
    level = kpi.levels.filter(valid_from__lte=head.first_day).last()
    breach = status == "BELOW_MINIMUM"
    given = {
        "definition": kpi.definitions.filter(valid_from__lte=head.first_day).last(),
        "level": level,
        "status": status,
        "value": value or "",
        "value_float": None if value is None else float(Fraction(value)),
        "rows": 0 if value is None else 200,
        "volume": "200",
        "consequence": "default" if breach else "none",
        "attainment": {"MET": "100", "BELOW_EXPECTED": "50", "BELOW_MINIMUM": "0"}.get(status, ""),
        "attainment_float": {"MET": 100, "BELOW_EXPECTED": 50, "BELOW_MINIMUM": 0}.get(status),
        "is_breach": breach,
        "attested": True,
        "body": {"formula": "ratio = sum(good) / sum(valid)", "steps": []},
        "fingerprint": hashlib.sha256(f"{head.pk} {number}".encode()).hexdigest(),
        "watermark": {},
        "computed_at": NOW,
    }
    revision = ResultRevision.objects.create(period=head, number=number, **given | fields)
    head.current, head.status, head.is_breach = revision, status, revision.is_breach
    head.save()
    return revision


def a_case(head: KpiPeriod, state: str = "open", **fields: Any) -> BreachCase:
    given = {"severity": "major", "opened_at": NOW}
    if state == "waived":
        given["waiver_scope"] = "credit"
    case = BreachCase.objects.create(period=head, state=state, **given | fields)
    CaseTransition.objects.create(
        case=case, revision=head.current, to_state=state, by="kpotracker", reason="service level"
    )
    return case


def a_feed(vendor: Vendor | None, code: str = "desk", **fields: Any) -> Feed:
    feed = Feed.objects.create(code=code, vendor=vendor, **{"name": code.title()} | fields)
    FeedMapping.objects.create(feed=feed, version=1, body={}, digest="0" * 64)
    return feed


def a_delivery(feed: Feed, filename: str = "rows.csv", **counts: Any) -> Delivery:
    """A delivery that is in; ``counts`` are of its ingestion, ``read`` is their sum."""
    rejects = counts.pop("rejects", ())
    counts["quarantined"] = len(rejects)
    ingestion = Ingestion.objects.create(
        feed=feed,
        mapping=feed.mappings.get(),
        sha256=hashlib.sha256(filename.encode()).hexdigest(),
        size=1000,
        path="files/rows",
        filename=filename,
        received_at=NOW,
        status=counts.pop("status", Ingestion.Status.DONE),
        error=counts.pop("error", None),
        read=sum(counts.values()),
        **counts,
    )
    for line, reject in enumerate(rejects, start=2):
        QuarantinedRow.objects.create(ingestion=ingestion, line=line, **reject)
    return Delivery.objects.create(
        ingestion=ingestion, filename=filename, received_at=NOW, delivered_by="nightly job"
    )


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
