"""Feeds: their mapping by its own grammar, then against the KPIs there are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metrics.engine import MEASURES
from metrics.feeds.mapping.catalogue import KpiSpec
from metrics.feeds.mapping.compile import candidates, compile_mapping, fits
from metrics.feeds.mapping.parse import parse_mapping
from metrics.feeds.mapping.problems import MappingError
from metrics.feeds.mapping.problems import Problem as MappingProblem
from metrics.feeds.mapping.shape import Mapping as FeedMapping
from metrics.models import Feed, Kpi, KpiDefinition
from metrics.portfolio.definitions import definitions_of, plain
from metrics.portfolio.items import Item, Place, Portfolio
from metrics.portfolio.known import Known, nearest
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import FeedShape

_STEP = re.compile(r"\[(\d+)\]|([^.\[]+)|\.")


def feed_problems(portfolio: Portfolio, known: Known) -> Iterator[Problem]:
    """What is wrong with the feeds, and with KPIs that name a feed of training series."""
    catalogue = catalogue_of(portfolio, known)
    unsure = set(portfolio.named["kpis"]) - set(catalogue)
    owners = owners_of(portfolio, known)
    for item in portfolio.feeds:
        yield from _foreign(item, owners)
        yield from known.refuse_unknown(item.place, "vendors", item.shape.vendor, "vendor")
        yield from _mapping(item, catalogue, unsure)
        yield from _owes(item)
    yield from _training(portfolio)


def body_of(item: Item[FeedShape]) -> dict[str, Any]:
    """The mapping as it is kept: what the file states, name, vendor and what it owes apart."""
    apart = {"name", "vendor", "owes"}
    return {
        key: plain(value)
        for key, value in item.raw.items()
        if key not in apart and value is not None
    }


def parsed(item: Item[FeedShape]) -> FeedMapping:
    """The mapping of a feed. Raises MappingError with every problem of its shape."""
    return parse_mapping({**body_of(item), "code": item.shape.code})


def reach_of(mapping: FeedMapping, catalogue: Mapping[str, KpiSpec]) -> set[str]:
    """Codes of the KPIs that rows of this mapping can lead to."""
    return {
        code
        for target in mapping.targets
        for code in _codes(target.kpi, catalogue)
        if fits(mapping, target, catalogue[code])
    }


def _codes(template: Any, catalogue: Mapping[str, KpiSpec]) -> Iterable[str]:
    if template.fixed:
        return [template.text] if template.text in catalogue else []
    return candidates(template, catalogue)


def _mapping(
    item: Item[FeedShape], catalogue: Mapping[str, KpiSpec], unsure: set[str]
) -> Iterator[Problem]:
    try:
        compile_mapping(parsed(item), catalogue)
    except MappingError as error:
        for found in error.problems:
            if found.value not in unsure:
                yield _translated(item.place, found)


def _owes(item: Item[FeedShape]) -> Iterator[Problem]:
    if item.shape.owes is not None and item.shape.reference is not None:
        message = "a feed of reference series is delivered once and owes nothing"
        yield item.problem("owes", message=message, hint="leave it out")


def _translated(place: Place, found: MappingProblem) -> Problem:
    value = f"'{found.value}' " if found.value else ""
    steps = steps_of(found.path)
    return place.problem(*steps, message=f"{value}{found.rule}", hint=found.hint)


def steps_of(path: str) -> tuple[str | int, ...]:
    """``targets[0].good`` as the keys and positions that lead there."""
    steps: list[str | int] = []
    for match in _STEP.finditer(path):
        if match[1] is not None:
            steps.append(int(match[1]))
        elif match[2] is not None:
            steps.append(match[2])
    return tuple(steps)


def _foreign(item: Item[FeedShape], owners: Mapping[str, str | None]) -> Iterator[Problem]:
    """KPIs that are named, and that rows of the feed will not reach."""
    try:
        targets = parsed(item).targets
    except MappingError:
        return
    for index, target in enumerate(targets):
        code = target.kpi.text
        if target.kpi.fixed and not within_reach(code, item.shape.vendor, owners):
            message = f"KPI '{code}' is not one of vendor '{item.shape.vendor}', whose feed this is"
            hint = "leave vendor: out of a feed that measures several vendors"
            yield item.problem("targets", index, "kpi", message=message, hint=hint)


def within_reach(code: str, vendor: str | None, owners: Mapping[str, str | None]) -> bool:
    """Whether rows of a feed of ``vendor`` may lead to a KPI; what nobody knows is left open."""
    return vendor is None or owners.get(code, vendor) == vendor


def owners_of(portfolio: Portfolio, known: Known) -> dict[str, str | None]:
    """The vendor of each KPI of files and database, None for those in house."""
    paths = ("code", "contract__vendor__code", "process__contract__vendor__code")
    rows = Kpi.objects.values_list(*paths)
    owners = {code: by_contract or by_process for code, by_contract, by_process in rows}
    for item in portfolio.kpis:
        shape = item.shape
        owners.pop(shape.code, None)
        reference = shape.contract or known.contract_of_process(shape.process or "")
        terms = known.terms(reference)
        if terms or reference is None:
            owners[shape.code] = terms.vendor if terms else None
    return owners


def catalogue_of(portfolio: Portfolio, known: Known) -> dict[str, KpiSpec]:
    """Every KPI of files and database as mappings see it; a file's word counts."""
    stated = set(portfolio.named["kpis"])
    specs = {code: spec_of(*line) for code, line in _stored().items() if code not in stated}
    for item in portfolio.kpis:
        lines = definitions_of(item.shape, known.terms(item.shape.contract))
        if lines and lines[-1].measure in MEASURES:
            latest = lines[-1]
            specs[item.shape.code] = spec_of(item.shape.time, latest.measure, latest.parameters)
    return specs


def _stored() -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    rows = KpiDefinition.objects.filter(kpi__archived_at=None).order_by("valid_from")
    columns = ("kpi__code", "kpi__time_field", "measure", "parameters")
    return {
        code: (time, measure, given) for code, time, measure, given in rows.values_list(*columns)
    }


def spec_of(time: str, measure: str, parameters: Mapping[str, Any]) -> KpiSpec:
    """What a mapping may give a KPI, by its latest definition."""
    entry = MEASURES[measure]
    alternatives = entry.roles_for(parameters)
    roles = {role: column for choice in alternatives for role, column in choice.items()}
    return KpiSpec(
        id=0,
        time=time,
        roles={**roles, **entry.optional_roles},
        required=tuple(frozenset(choice) for choice in alternatives),
    )


def _training(portfolio: Portfolio) -> Iterator[Problem]:
    feeds = {*portfolio.named["feeds"], *Feed.objects.values_list("code", flat=True)}
    for item in portfolio.kpis:
        named = item.shape.parameters.get("training")
        code = named.get("feed") if isinstance(named, dict) else named
        if isinstance(code, str) and code not in feeds:
            message = f"feed '{code}' is neither in the files nor in the database"
            hint = nearest(code, feeds, "feed")
            yield item.problem("parameters", "training", message=message, hint=hint)
