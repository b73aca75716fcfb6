"""Deletions: which rows of other collections are there no more, so that copies can drop them.

Nearly everything is archived and stays. What can be deleted is noted in the transaction that
deletes it, whoever asks for it: a service, a portfolio file or support.
"""

from typing import Any, Final

from django.db import models
from django.db.models.signals import post_delete

from contracts.models import Contract, Vendor
from contracts.selectors.scope import EVERYTHING
from contracts.services.writing import touch_or_stamp
from kpotracker.toolkit.filters import choices
from kpotracker.toolkit.pagination import updated
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind
from metrics.bi.sources import updated_at
from metrics.models import (
    BreachCase,
    Deletion,
    Kpi,
    KpiDefinition,
    ReportingPeriod,
    ResultRevision,
    ServiceLevel,
)
from metrics.selectors import scope as scoped

NOTED: Final[dict[type[models.Model], str]] = {
    Vendor: "dim_vendor",
    Contract: "dim_contract",
    Kpi: "dim_kpi",
    ReportingPeriod: "dim_period",
    ResultRevision: "fact_result",
    BreachCase: "fact_breach",
    KpiDefinition: "kpi-definitions",
    ServiceLevel: "service-levels",
}

deletions = Collection(
    name="deletions",
    row="A row of another collection that was deleted.",
    rows_of=scoped.deletions,
    insider=EVERYTHING,
    filters=(
        choices("collection", sorted(NOTED.values()), "collection", "Collection"),
        *updated(),
    ),
    columns=(
        Column("id", Kind.INTEGER, "pk", "Number of the deletion."),
        Column(
            "collection",
            Kind.TEXT,
            "collection",
            "The collection the row was in.",
            choices=sorted(NOTED.values()),
        ),
        Column("row", Kind.INTEGER, "row", "The id it had there."),
        Column("deleted_at", Kind.INSTANT, "deleted_at", "When it was deleted."),
        updated_at(),
    ),
)


def register() -> None:
    """Have deletions noted from now on."""
    for model in NOTED:
        post_delete.connect(_note, sender=model, dispatch_uid=f"deletion of {model.__name__}")


def _note(sender: type[models.Model], instance: Any, **_: Any) -> None:
    owner = _vendor_of(instance)
    touch_or_stamp(
        Deletion.objects.create(collection=NOTED[sender], row=instance.pk, vendor_id=owner)
    )


def _vendor_of(record: Any) -> int | None:
    """Whose the record was; None for what belongs to nobody, or to a vendor that goes itself."""
    if isinstance(record, Contract):
        return record.vendor_id
    if isinstance(record, Vendor | ReportingPeriod):
        return None
    kpi: Kpi = record if isinstance(record, Kpi) else _kpi_of(record)
    contract = kpi.governing_contract
    return contract.vendor_id if contract else None


def _kpi_of(record: Any) -> Kpi:
    found: Kpi = record.kpi if hasattr(record, "kpi") else record.period.kpi
    return found
