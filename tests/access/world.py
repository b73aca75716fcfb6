"""Two vendors with one record of every kind, marked so that each byte tells whose it is.

Every text that a record of vendor A holds contains OURS, of vendor B THEIRS, and of whatever stays
with the buyer INSIDE. A new kind of record is made by itself where its fields allow it; where they
do not, say in ``SPECIAL`` what its fields hold. A new address finds what fills it in ``PLACES``.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from contracts.models import User, Vendor
from contracts.selectors.visibility import Visibility, declared
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests import factories
from tests.access.routes import Route

OURS, THEIRS, INSIDE = "amaranth", "borealis", "zwiebelfisch"
MARCH = date(2026, 3, 1)
NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)
MISSING = {"code": "missing-one", "reference": "MISSING-1", "first_day": "1999-01-01"}
NOTHING = "none-such"  # a secret that opens nothing

# What fills a place of an address: the fixed part before it and its name → the record's label and
# field; a text alone stands for itself, for every vendor.
PLACES: dict[tuple[str, str], tuple[str, str] | str] = {
    ("vendors", "code"): ("contracts.vendor", "code"),
    ("contracts", "reference"): ("contracts.contract", "reference"),
    ("contracts", "code"): ("contracts.contract", "reference"),
    ("amendments", "number"): ("contracts.amendment", "number"),
    ("amendments", "pk"): ("contracts.amendment", "pk"),
    ("processes", "code"): ("contracts.process", "code"),
    ("charges", "number"): ("contracts.charge", "pk"),
    ("charges", "pk"): ("contracts.charge", "pk"),
    ("certifications", "number"): ("contracts.certification", "pk"),
    ("certifications", "pk"): ("contracts.certification", "pk"),
    ("contacts", "number"): ("contracts.contact", "pk"),
    ("contacts", "pk"): ("contracts.contact", "pk"),
    ("documents", "number"): ("contracts.document", "pk"),
    ("document", "subject"): ("contracts.document", "subject"),
    ("approvals", "number"): ("contracts.approval", "pk"),
    ("people", "number"): ("contracts.user", "pk"),
    ("invitations", "number"): ("contracts.invitation", "pk"),
    ("keys", "number"): ("contracts.apikey", "pk"),
    ("deputies", "number"): ("contracts.deputy", "pk"),
    ("saved-views", "number"): ("contracts.savedview", "pk"),
    ("saved-view", "name"): "breaches",
    ("kpis", "code"): ("metrics.kpi", "code"),
    ("kpis", "first_day"): MARCH.isoformat(),
    ("months", "reference"): ("contracts.contract", "reference"),
    ("months", "first_day"): MARCH.isoformat(),
    ("results", "pk"): ("metrics.kpiperiod", "pk"),
    ("breaches", "number"): ("metrics.breachcase", "pk"),
    ("breaches", "pk"): ("metrics.breachcase", "pk"),
    ("comments", "comment"): ("metrics.casecomment", "pk"),
    ("incidents", "number"): ("metrics.incident", "pk"),
    ("plans", "number"): ("metrics.correctiveplan", "pk"),
    ("plans", "act"): "accept",
    ("steps", "step"): ("metrics.planstep", "pk"),
    ("feeds", "code"): ("metrics.feed", "code"),
    ("deliver", "number"): ("metrics.upload", "pk"),
    ("deliveries", "number"): ("metrics.delivery", "pk"),
    ("deliveries", "pk"): ("metrics.delivery", "pk"),
    ("entries", "number"): ("metrics.manualentry", "pk"),
    ("imports", "number"): ("metrics.recordimport", "pk"),
    ("templates", "kind"): "vendors",
    ("export", "kind"): "csv",
    ("calendars", "code"): ("contracts.calendar", "code"),
    ("service-levels", "pk"): ("metrics.servicelevel", "pk"),
    ("kpi-definitions", "pk"): ("metrics.kpidefinition", "pk"),
    ("scorecards", "number"): ("metrics.scorecard", "pk"),
    ("scorecards", "pk"): ("metrics.scorecard", "pk"),
    ("links", "number"): ("metrics.scorecardlink", "pk"),
    ("mailings", "number"): ("metrics.scorecardmailing", "pk"),
    ("scorecard.", "form"): "csv",
    ("edition.", "form"): "pdf",
    ("reviews", "number"): ("metrics.review", "pk"),
    ("reviews", "pk"): ("metrics.review", "pk"),
    ("actions", "number"): ("metrics.reviewaction", "pk"),
    ("packs", "number"): ("metrics.reviewpack", "pk"),
    ("packs", "audience"): "shared",
    ("packs", "kind"): "pdf",
    ("calendar", "number"): ("metrics.calendarfeed", "pk"),
    ("alerts", "number"): ("metrics.alertsubscription", "pk"),
    ("subscriptions", "pk"): ("metrics.alertsubscription", "pk"),
    ("channels", "number"): ("metrics.alertchannel", "pk"),
    ("mutes", "number"): ("metrics.alertmute", "pk"),
    ("messages", "number"): ("metrics.alertmessage", "pk"),
    ("notices", "number"): ("metrics.notice", "pk"),
    ("invitations", "secret"): NOTHING,
    ("calendar", "secret"): NOTHING,
    ("shared", "secret"): NOTHING,
    ("unsubscribe", "token"): NOTHING,
    ("new", "uidb64"): "MQ",
    ("new", "token"): NOTHING,
    ("sign-on", "provider_id"): "oidc",
    ("dim_vendor(", "pk"): ("contracts.vendor", "pk"),
    ("dim_contract(", "pk"): ("contracts.contract", "pk"),
    ("dim_kpi(", "pk"): ("metrics.kpi", "pk"),
    ("dim_period(", "pk"): "1",  # a month belongs to every vendor
    ("fact_result(", "pk"): ("metrics.resultrevision", "pk"),
    ("fact_breach(", "pk"): ("metrics.breachcase", "pk"),
    ("results(", "pk"): ("metrics.kpiperiod", "pk"),
    ("series(", "pk"): ("metrics.kpiperiod", "pk"),
    ("deletions(", "pk"): ("metrics.deletion", "pk"),
    ("admin", "app_label"): "contracts",
    ("admin", "url"): "nothing",
    ("api", "url"): "nothing",
    ("r", "content_type_id"): "1",
    ("r", "object_id"): "1",
}

_numbers = count(1)


@dataclass
class Side:
    """What one vendor has. ``inside``: the same kinds of record, kept from them."""

    mark: str
    vendor: Vendor
    buyer: User
    person: User
    records: dict[type[models.Model], models.Model] = field(default_factory=dict)
    inside: dict[type[models.Model], models.Model] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def of(self, label: str) -> models.Model | None:
        return self.records.get(apps.get_model(label))


Given = Callable[[Side], dict[str, Any]]

# What fields hold where their kind alone does not say it.
SPECIAL: dict[str, Given] = {
    "contracts.document": lambda side: {
        "subject": f"contracts.vendor:{side.vendor.pk}",
        "vendor": side.vendor,
        "path": f"documents/{next(_numbers)}",
        "kind": "text/plain",
        "size": 3,
    },
    "contracts.calendar": lambda side: {"code": f"{INSIDE}-{next(_numbers)}"},
    "contracts.contact": lambda side: {"email": "someone@example.test"},
    "contracts.deputy": lambda side: {
        "absent": side.buyer,
        "deputy": User.objects.get(username="ada"),
        "last_day": date(2099, 1, 1),
    },
    "contracts.invitation": lambda side: {"email": f"{INSIDE}{next(_numbers)}@example.test"},
    "contracts.approval": lambda side: {
        "kind": "unknown",
        "subject": f"contracts.vendor:{side.vendor.pk}-{next(_numbers)}",
        "vendor": side.vendor,
        "decided_by": None,
        "requested_by": side.buyer,
    },
    "contracts.savedview": lambda side: {"page": "breaches", "owner": side.buyer, "query": ""},
    "contracts.auditevent": lambda side: {"place": None, "seal": "", "vendor": side.vendor},
    "metrics.casecomment": lambda side: {"author": side.buyer},
    "metrics.commentary": lambda side: {"side": "buyer", "version": next(_numbers)},
    "metrics.correctiveplan": lambda side: {"incident": None, "decided_by": None},
    "metrics.planstep": lambda side: {"done_by": None},
    "metrics.reliefrequest": lambda side: {"decided_by": None, "answer": "", "intervals": []},
    "metrics.monthclose": lambda side: {"label": "2026-03", "last_day": date(2026, 3, 31)},
    "metrics.closestep": lambda side: {"gaps": []},
    "metrics.reviewaction": lambda side: {"owner": None},
    "metrics.reviewpack": lambda side: {"edition": next(_numbers), "label": "2026-03"},
    "metrics.alertsubscription": lambda side: {"owner": side.buyer, "role": "", "zone": "UTC"},
    "metrics.alertchannel": lambda side: {"owner": side.buyer, "kind": "email"},
    "metrics.alertmute": lambda side: {
        "owner": side.buyer,
        "vendor": side.vendor,
        "kpi": None,
        "contract": None,
        "until": datetime(2099, 1, 1, tzinfo=UTC),
    },
    "metrics.scorecardmailing": lambda side: {"contract": None},
    "metrics.deletion": lambda side: {"collection": "dim_vendor"},
    "metrics.manualentry": lambda side: {"value": "80", "numerator": None, "denominator": None},
}
# Kinds that only a service makes whole, or that no page shows as rows.
LEFT_OUT = frozenset(
    {
        "metrics.packcopy",
        "metrics.observation",
        "metrics.observationhistory",
        "metrics.feeditem",
        "metrics.dirtyperiod",
        "metrics.ingestionchunk",
        "contracts.user",
    }
)


def a_side(mark: str, buyer: User) -> Side:
    """One vendor with one record of every kind that is declared."""
    vendor = factories.a_vendor(f"{mark}-v", name=f"{mark} vendor", owner="Dana")
    person = factories.a_user(f"user-of-{vendor.pk}", User.Role.VENDOR, (vendor,))
    side = Side(mark, vendor, buyer, person)
    _core(side)
    for model, kind in sorted(declared().items(), key=lambda each: each[0]._meta.label):
        _grow(side, model, kind)
    return side


def _core(side: Side) -> None:
    """What the factories make better than any rule could."""
    mark = side.mark
    contract = factories.a_contract(side.vendor, f"{mark}-c", title=f"{mark} contract")
    kpi = factories.a_kpi(contract, f"{mark}-k", name=f"{mark} kpi", level={"minimum": "90"})
    head = factories.a_figure(kpi, MARCH, "80", "BELOW_MINIMUM")
    feed = factories.a_feed(side.vendor, f"{mark}-f", name=f"{mark} feed")
    feed.feed_kpis.create(kpi=kpi)
    reject = {"column": "closed", "value": f"{mark} 31/02", "rule": "time", "message": "no day"}
    delivery = factories.a_delivery(feed, f"{mark}.csv", accepted=5, rejects=[reject])
    made = [side.vendor, contract, kpi, head, head.current, feed, delivery, delivery.ingestion]
    made += [factories.a_case(head), kpi.levels.get(), kpi.definitions.get(), feed.mappings.get()]
    made += [factories.an_amendment(contract, title=f"{mark} amendment")]
    made += [factories.a_process(contract, f"{mark}-p", name=f"{mark} process")]
    made += [factories.a_charge(contract, MARCH, 1_234_500)]
    made += [feed.feed_kpis.get()]
    card = card_to_publish(span=month_of(MARCH), vendor=side.vendor)
    made += [publish(card=card, by="Dana", as_of=NOW)]
    _store(delivery.ingestion.path, f"closed\n{mark} 31/02\n")
    side.records |= {type(each): each for each in made if each is not None}


def _store(path: str, text: str) -> None:
    """What a delivery brought, where it is kept."""
    kept = Path(settings.DATA_DIR) / path
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(text, encoding="utf-8")


def _grow(side: Side, model: type[models.Model], kind: Visibility) -> None:
    label = model._meta.label_lower
    if label in LEFT_OUT:
        return
    is_shared = kind is Visibility.SHARED
    if model not in side.records:
        _keep(side, side.records, model, side.mark if is_shared else INSIDE)
    fields = {each.name for each in model._meta.concrete_fields}
    if is_shared and "is_internal" in fields:
        _keep(side, side.inside, model, INSIDE, is_internal=True)


def _keep(
    side: Side, kept: dict[Any, Any], model: type[models.Model], mark: str, **given: Any
) -> None:
    try:
        with transaction.atomic():
            kept[model] = _made(side, model, mark, given)
    except Exception as error:
        side.failures[model._meta.label_lower] = f"{type(error).__name__}: {error}"


def _made(side: Side, model: type[models.Model], mark: str, given: dict[str, Any]) -> models.Model:
    special = SPECIAL.get(model._meta.label_lower, lambda _: {})(side) | given
    values = {
        each.name: _value(side, each, mark)
        for each in model._meta.concrete_fields
        if each.name not in special and _is_ours(each)
    }
    return model._base_manager.create(**values | special)


def _is_ours(each: models.Field[Any, Any]) -> bool:
    """Whether we say what the field holds: texts always, the rest only where it has to be said."""
    if each.primary_key and not each.is_relation:
        return False
    if isinstance(each, models.CharField | models.TextField) and not each.choices:
        return not each.name.startswith("error")
    optional = each.null or each.has_default() or each.db_default is not models.NOT_PROVIDED
    return not optional or each.name in ("vendor", "contract", "period", "case", "kpi", "owner")


def _value(side: Side, each: models.Field[Any, Any], mark: str) -> Any:
    if isinstance(each, models.ForeignKey):
        return _related(side, each)
    if each.choices:
        return next(iter(each.flatchoices))[0]
    return _plain(each, mark)


def _related(side: Side, each: Any) -> models.Model | None:
    model = each.remote_field.model
    if model is User:
        return side.buyer
    if model not in side.records:
        _grow(side, model, declared().get(model, Visibility.INTERNAL))
    found = side.records.get(model)
    if found is None and not each.null:
        raise LookupError(f"{each.name}: there is no {model._meta.label_lower} yet")
    return found


def _plain(each: models.Field[Any, Any], mark: str) -> Any:
    match each:
        case models.EmailField():
            return f"{mark}@example.test"
        case models.CharField() | models.TextField():
            return _text(each, mark)
        case models.DateTimeField():
            return NOW
        case models.DateField():
            return MARCH
        case models.TimeField():
            return time(9)
        case models.BooleanField():
            return False
        case models.DecimalField():
            return Decimal(1)
        case models.JSONField():
            return {}
        case models.BinaryField():
            return b""
        case _:
            return 1


def _text(each: Any, mark: str) -> str:
    name = each.name
    if name == "hash" or name.endswith("sha256") or name in ("fingerprint", "digest", "seal"):
        return hashlib.sha256(str(next(_numbers)).encode()).hexdigest()
    if name in ("zone", "currency"):
        return {"zone": "UTC", "currency": "EUR"}[name]
    text = f"{mark}-{next(_numbers)}" if each.unique else f"{mark} {each.model.__name__} {name}"
    return text[: each.max_length] if each.max_length else text


def addresses(route: Route, side: Side) -> Iterator[tuple[str, str]]:
    """(path, "record" or "inside") of this route about what ``side`` has."""
    yield route.filled({place: _fill(place, side.records) for place in route.places}), "record"
    kinds = {_model(place) for place in route.places} & set(side.inside)
    if kinds:
        both = side.records | {kind: side.inside[kind] for kind in kinds if kind}
        yield route.filled({place: _fill(place, both) for place in route.places}), "inside"


def missing(route: Route) -> str:
    """The same address about nothing that exists."""
    values = {
        place: PLACES[place] if isinstance(PLACES[place], str) else MISSING.get(place[1], 987_654)
        for place in route.places
    }
    first = next((p for p in route.places if not isinstance(PLACES[p], str)), None)
    if first and first[1] == "subject":
        values[first] = "contracts.vendor:987654"
    return route.filled(values)


def unknown_places(found: list[Route]) -> set[tuple[str, str]]:
    return {place for route in found for place in route.places} - set(PLACES)


def is_about_a_record(route: Route) -> bool:
    return any(_model(place) for place in route.places)


def _model(place: tuple[str, str]) -> type[models.Model] | None:
    stated = PLACES[place]
    return None if isinstance(stated, str) else apps.get_model(stated[0])


def _fill(place: tuple[str, str], records: dict[type[models.Model], models.Model]) -> Any:
    stated = PLACES[place]
    if isinstance(stated, str):
        return stated
    record = records.get(apps.get_model(stated[0]))
    return MISSING.get(place[1], 987_654) if record is None else getattr(record, stated[1])
