"""A vendor's own figures beside ours, and a restated figure beside the one it replaced, as people
read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.models import User
from contracts.selectors.scope import Scope
from metrics.models import KpiPeriod, ResultRevision, ServiceLevel, VendorFigure
from metrics.scorecards.figures import Target, actual_text, change_text, target_of
from metrics.scorecards.rows import revision_row
from metrics.selectors.breaches import name_within
from metrics.selectors.reported import beside

_NO_TARGET = Target("", None, None, None, None)


def reported_row(figure: VendorFigure, revision: ResultRevision, scope: Scope) -> dict[str, Any]:
    """One reported figure beside what ``revision`` computed from our rows, in words."""
    told, line = beside(figure, revision), revision.definition
    target = _target(revision.level)
    variance = told.variance
    return {
        "figure": figure,
        "value_text": actual_text(told.theirs, target, line.unit, line.places),
        "ours_text": actual_text(told.ours, target, line.unit, line.places),
        "variance": variance,
        "variance_text": ""
        if variance is None
        else change_text(told.theirs, told.theirs - variance, line.unit, line.places),
        "within": told.within,
        "counts": told.counts,
        "by": entered_by(figure, scope),
    }


def entered_by(figure: VendorFigure, scope: Scope) -> str:
    """Who took it down; vendors read "the buyer" instead of the names of the buyer's people."""
    of_vendor = figure.person is not None and figure.person.role == User.Role.VENDOR
    of_vendor = of_vendor or (figure.key is not None and figure.key.vendor_id is not None)
    return figure.by if of_vendor else name_within(scope, figure.by)


def restated_rows(
    head: KpiPeriod, revisions: Sequence[ResultRevision], scope: Scope
) -> list[Mapping[str, Any]]:
    """The figure that was final first, and every one that replaced it, oldest first; empty where
    none was replaced."""
    restated = [each for each in revisions if each.reason]
    if not restated:
        return []
    first = max(
        (each for each in revisions if each.number < restated[0].number),
        key=lambda each: each.number,
        default=None,
    )
    shown = [each for each in (first, *restated) if each]
    return [_restated_row(head, each, scope) for each in shown]


def _restated_row(head: KpiPeriod, revision: ResultRevision, scope: Scope) -> Mapping[str, Any]:
    row = revision_row(head, revision)
    return {**row, "approved_by": name_within(scope, revision.approved_by)}


def _target(level: ServiceLevel | None) -> Target:
    return target_of(level) if level else _NO_TARGET
