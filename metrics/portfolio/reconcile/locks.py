from django.db.models import Prefetch, Q

from metrics.models import Feed, Kpi, KpiDefinition, ServiceLevel
from metrics.portfolio.reconcile.run import Run


def hold_still(run: Run) -> None:
    """Keep figures and deliveries from appearing between looking for them and writing.

    KPIs of the files, and those that use a calendar of the files, are locked in the order and
    the way that evaluation locks them; a delivery's reference to its feed waits for the feed.
    """
    stated = run.portfolio.named
    by_calendar = KpiDefinition.objects.filter(calendar__code__in=stated["calendars"])
    rows = Kpi.objects.select_related("contract", "process").filter(
        Q(code__in=stated["kpis"]) | Q(pk__in=by_calendar.values("kpi"))
    )
    rows = rows.prefetch_related(
        Prefetch("definitions", KpiDefinition.objects.select_related("amendment", "calendar")),
        Prefetch("levels", ServiceLevel.objects.select_related("amendment")),
    )
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    run.kpis |= {kpi.code: kpi for kpi in locked}
    feeds = Feed.objects.select_related("vendor").filter(code__in=stated["feeds"])
    run.feeds |= {feed.code: feed for feed in feeds.select_for_update(of=("self",)).order_by("pk")}
