from fractions import Fraction
from typing import Any

from django.db import migrations

_BATCH = 2_000


def fill(apps: Any, schema_editor: Any) -> None:
    """What earlier releases did not keep beside its figures: it is told from what they did keep."""
    _reporting_periods(apps)
    _attainments(apps.get_model("metrics", "ResultRevision"))
    _published(apps)


def _reporting_periods(apps: Any) -> None:
    heads = apps.get_model("metrics", "KpiPeriod").objects.order_by()
    kept = apps.get_model("metrics", "ReportingPeriod")
    days = heads.values_list("label", "first_day", "last_day").distinct()
    kept.objects.bulk_create(
        kept(key=f"{label}:{first}/{last}", label=label, first_day=first, last_day=last)
        for label, first, last in sorted(days)
    )


def _attainments(model: Any) -> None:
    batch = []
    for revision in model.objects.exclude(attainment="").only("attainment").iterator(_BATCH):
        revision.attainment_float = float(Fraction(revision.attainment))
        batch.append(revision)
        if len(batch) == _BATCH:
            model.objects.bulk_update(batch, ["attainment_float"])
            batch = []
    model.objects.bulk_update(batch, ["attainment_float"])


def _published(apps: Any) -> None:
    """The newest publication of each figure wins, as when it is published now."""
    heads = apps.get_model("metrics", "KpiPeriod").objects
    revisions = apps.get_model("metrics", "ResultRevision").objects
    shown: dict[int, int] = {}
    for card in apps.get_model("metrics", "Scorecard").objects.order_by("published_at", "pk"):
        lines = (line for family in card.body["families"] for line in family["lines"])
        figures = [figure for line in lines for figure in line["figures"]]
        shown |= {f["period_id"]: f["revision"] for f in figures if f["revision"]}
    for period, number in shown.items():
        found = revisions.filter(period_id=period, number=number).values_list("pk", flat=True)
        heads.filter(pk=period).update(published_id=found.first())


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_bi")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
