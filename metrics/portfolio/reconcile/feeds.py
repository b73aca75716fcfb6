from typing import Any

from contracts.models.managed import ManagedBy
from metrics.feeds.mapping.catalogue import KpiSpec
from metrics.feeds.mapping.problems import MappingError
from metrics.feeds.schedules import schedule_set
from metrics.models import Feed, FeedMapping, Ingestion
from metrics.portfolio.checks.feeds import (
    body_of,
    catalogue_of,
    owners_of,
    parsed,
    reach_of,
    within_reach,
)
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action, FieldChange
from metrics.portfolio.reconcile.run import Run, is_ours, shown
from metrics.portfolio.services.feeds import (
    feed_change,
    feed_create,
    feed_reach,
    mapping_add,
    mapping_digest,
)
from metrics.portfolio.shapes import FeedShape


def reconcile_feeds(run: Run) -> None:
    """Create and change feeds, add versions of their mappings, and note which KPIs they reach."""
    catalogue = catalogue_of(run.portfolio, run.known)
    owners = owners_of(run.portfolio, run.known)
    for item in run.portfolio.feeds:
        feed = _reconcile(run, item)
        if feed:
            run.feeds[item.shape.code] = feed
            _mapping(run, item, feed)
            _owes(run, item, feed)
            _reach(run, item, feed, _own(catalogue, item.shape.vendor, owners))


def _own(
    catalogue: dict[str, KpiSpec], vendor: str | None, owners: dict[str, str | None]
) -> dict[str, KpiSpec]:
    return {code: spec for code, spec in catalogue.items() if within_reach(code, vendor, owners)}


def _reconcile(run: Run, item: Item[FeedShape]) -> Feed | None:
    shape = item.shape
    vendor = run.vendors.get(shape.vendor) if shape.vendor else None
    if shape.vendor and vendor is None:
        return None
    existing = run.feeds.get(shape.code)
    values: dict[str, Any] = {"name": shape.name, "vendor": vendor, "kind": _kind(shape)}
    if existing and _is_fixed(run, item, existing, values["kind"]):
        return None
    return run.reconcile(
        "feeds",
        item,
        existing,
        values,
        create=lambda: feed_create(code=shape.code, managed_by=ManagedBy.PORTFOLIO, **values),
        change=lambda feed, changed: feed_change(feed=feed, **changed),
    )


def _kind(shape: FeedShape) -> str:
    return Feed.Kind.REFERENCE if shape.reference is not None else Feed.Kind.DATA


def _is_fixed(run: Run, item: Item[FeedShape], existing: Feed, kind: str) -> bool:
    """Refuse what would make other items of the rows that were delivered already."""
    if not is_ours(existing) or not _has_deliveries(existing):
        return False
    hint = "state a feed with a new code"
    if existing.kind != kind:
        message = f"the feed is one of {existing.get_kind_display().lower()} and has deliveries"
        run.refuse(item, "reference", message=message, hint=hint)
        return True
    last = _in_force(existing)
    old, new = (last.body.get("identity") if last else None), body_of(item).get("identity")
    if last and old != new:
        message = f"identity is {shown(old)}, not {shown(new)}, and the feed has deliveries"
        run.refuse(item, "identity", message=message, hint=hint)
        return True
    return False


def _has_deliveries(feed: Feed) -> bool:
    return Ingestion.objects.filter(feed=feed).exists()


def _in_force(feed: Feed) -> FeedMapping | None:
    return feed.mappings.order_by("-version").first()


def _mapping(run: Run, item: Item[FeedShape], feed: Feed) -> None:
    body = body_of(item)
    last = _in_force(feed)
    if last is not None and last.digest == mapping_digest(body):
        return
    version = last.version + 1 if last else 1
    old = last.body if last else {}
    keys = [key for key in (*body, *(old.keys() - body.keys())) if body.get(key) != old.get(key)]
    fields = [FieldChange(key, shown(old.get(key)), shown(body.get(key))) for key in keys]
    code = f"{feed.code} mapping {version}"
    run.note(Action.ADD_VERSION, "feeds", code, fields)
    run.attempt(item, lambda: mapping_add(feed=feed, body=body))


def _owes(run: Run, item: Item[FeedShape], feed: Feed) -> None:
    """Change what the feed owes, or add a line from a later day; what was owed stays."""
    stated = item.shape.owes
    if stated is None or item.shape.reference is not None:
        return
    values: dict[str, Any] = {
        "last_day": stated.last_day,
        "every": stated.every,
        "due_days": stated.due_days,
        "due_time": stated.at,
        "zone": stated.zone or item.shape.zone or "UTC",
        "grace_hours": stated.grace_hours,
    }
    last = feed.schedules.order_by("-valid_from").first()
    if last and last.valid_from > stated.first_day:
        message = f"what the feed owes is stated from {last.valid_from} on already"
        run.refuse(item, "owes", "from", message=message, hint="let it begin then or later")
        return
    same = last is not None and last.valid_from == stated.first_day
    differing = [name for name, value in values.items() if not same or getattr(last, name) != value]
    if not differing:
        return
    old = {name: shown(getattr(last, name)) if same else "" for name in differing}
    fields = [FieldChange(name, old[name], shown(values[name])) for name in differing]
    action = Action.CHANGE if same else Action.ADD_VERSION
    run.note(action, "feeds", f"{feed.code} owes from {stated.first_day}", fields)
    run.attempt(
        item,
        lambda: schedule_set(
            feed=feed, valid_from=stated.first_day, managed_by=ManagedBy.PORTFOLIO, **values
        ),
    )


def _reach(run: Run, item: Item[FeedShape], feed: Feed, catalogue: dict[str, KpiSpec]) -> None:
    try:
        reached = reach_of(parsed(item), catalogue)
    except MappingError:
        return  # reported with the checks
    feed_reach(feed=feed, kpis=[run.kpis[code] for code in sorted(reached) if code in run.kpis])
