"""Terms of a KPI changed from a day on: stated, previewed with what they touch, then applied."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.pages.editing import by_files, managed_page
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.evaluation.previewing import Preview, Prospect, definition_preview, level_preview
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.models.timelines import in_force
from metrics.pages.amended_forms import AmendedForm, DefinitionForm, LevelForm
from metrics.pages.base import page
from metrics.pages.kpi_edit import (
    SECTION,
    fragment_wanted,
    measure_context,
    wants_parameters,
    way_to,
)
from metrics.portfolio.editing import EditRefusedError, definition_amend, level_amend
from metrics.scorecards.describing import Fact, agreed_in, compared, definition_facts, level_facts
from metrics.scorecards.figures import Target, actual_text, target_of
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.wording import Word, judged_word, phase_word

_NOT_KEPT = ("csrfmiddlewaretoken", "act", "show")


@dataclass(frozen=True, slots=True)
class ProspectRow:
    """A touched period as people read it."""

    label: str
    first_day: Any
    phase: Word
    value_now: str
    value_then: str
    word_now: Word
    word_then: Word
    changes: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: its services, and what pages say about it."""

    title: str
    lede: str
    compared_title: str
    act: str
    done: str
    amend: Callable[..., Any]
    preview: Callable[..., Preview]


_LEVEL = Change(
    title="Change the service level",
    lede="It holds for periods that begin on its day or later; earlier ones keep theirs.",
    compared_title="The service level, old and new",
    act="Apply the new level",
    done="The new service level holds from {day}.",
    amend=level_amend,
    preview=lambda line, as_of: level_preview(level=line, as_of=as_of),
)
_DEFINITION = Change(
    title="Change how it is measured",
    lede="It holds for periods that begin on its day or later; earlier ones keep theirs.",
    compared_title="The way of measuring, old and new",
    act="Apply the new way of measuring",
    done="It is measured the new way from {day}.",
    amend=definition_amend,
    preview=lambda line, as_of: definition_preview(definition=line, as_of=as_of),
)


@page(Duty.TERMS, writes=True)
def level_new(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """A new service level by an amendment, previewed before it is applied."""
    kpi = kpi_by_code(code, scope=scope)
    last = kpi.levels.select_related("amendment").order_by("valid_from").last()
    given = _given(request, LevelForm.given(last))
    form = LevelForm(_bound(request), kpi=kpi, scope=scope, initial=given)
    return _answered(request, kpi, form, _LEVEL)


@page(Duty.TERMS, writes=True)
def definition_new(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Another way of measuring by an amendment, previewed before it is applied."""
    kpi = kpi_by_code(code, scope=scope)
    lines = kpi.definitions.select_related("amendment", "calendar").order_by("valid_from")
    last = lines.last()
    measure = request.POST.get("measure", last.measure if last else "")
    wants = request.method == "POST" and wants_parameters(request, measure)
    given = request.POST.dict() if wants else _given(request, DefinitionForm.given(last))
    bound = None if wants else _bound(request)
    form = DefinitionForm(bound, kpi=kpi, scope=scope, measure=measure, initial=given)
    return _answered(request, kpi, form, _DEFINITION)


def _bound(request: HttpRequest) -> Any:
    """What the form is checked against; going back to change something checks nothing yet."""
    asks = request.method == "POST" and request.POST.get("act") in ("preview", "apply")
    return request.POST if asks else None


def _given(request: HttpRequest, stored: dict[str, Any]) -> dict[str, Any]:
    return request.POST.dict() if request.POST.get("act") == "edit" else stored


def _answered(request: HttpRequest, kpi: Kpi, form: AmendedForm, change: Change) -> HttpResponse:
    if by_files(kpi):
        return managed_page(request, kpi, reverse("kpi", args=[kpi.code]))
    if not form.is_bound:
        return _form_page(request, kpi, form, change)
    wants_preview = request.POST.get("act") != "apply"
    line = _written(kpi, form, change, plan_only=wants_preview)
    if line is None:
        return _form_page(request, kpi, form, change)
    if wants_preview:
        return _preview_page(request, kpi, line, change)
    messages.success(request, change.done.format(day=f"{line.valid_from:%-d %B %Y}"))
    return redirect("kpi", kpi.code)


def _written(kpi: Kpi, form: AmendedForm, change: Change, *, plan_only: bool) -> Any:
    """The new line, or None where the form says why not."""
    faulty = not form.is_valid()
    if faulty and not form.values.get("valid_from"):
        return None
    try:
        line = change.amend(
            kpi=kpi,
            line=form.line_said(),
            amendment=form.new_amendment(),
            as_of=now(),
            plan_only=plan_only or faulty,
        )
    except EditRefusedError as error:
        form.refuse_findings(error.findings)
    return None if form.errors else line


def _form_page(request: HttpRequest, kpi: Kpi, form: AmendedForm, change: Change) -> HttpResponse:
    groups = form.groups()
    context = {
        "form": form,
        "groups": groups,
        "rare_open": any(field.errors for field in groups.get("rare", ())),
        "title": change.title,
        "level_title": "The new service level",
        "lede": f"{kpi.name}. {change.lede}",
        "back": reverse("kpi", args=[kpi.code]),
        "crumbs": [*way_to(kpi), Crumb(change.title)],
        "section": SECTION,
        **measure_context(getattr(form, "measure", "")),
    }
    if fragment_wanted(request):
        return render(request, "metrics/_kpi_parameters.html", context)
    return render(request, "metrics/terms_new.html", context)


def _preview_page(request: HttpRequest, kpi: Kpi, line: Any, change: Change) -> HttpResponse:
    preview = change.preview(line, now())
    before = _before(kpi, line)
    facts = compared(_facts(before, kpi), _facts(line, kpi))
    context = {
        "kpi": kpi,
        "line": line,
        "before": before,
        "agreed": agreed_in(line) if line.amendment else "without an amendment",
        "facts": facts,
        "first": preview.first,
        "open_rows": prospect_rows(preview.open),
        "frozen_rows": prospect_rows(preview.frozen),
        "with_value": change is _DEFINITION,
        "shown": len(preview.prospects),
        "touched": preview.touched,
        "kept": _kept(request),
        "title": change.title,
        "compared_title": change.compared_title,
        "act": change.act,
        "back": reverse("kpi", args=[kpi.code]),
        "crumbs": [*way_to(kpi), Crumb(change.title)],
        "section": SECTION,
    }
    return render(request, "metrics/terms_preview.html", context)


def prospect_rows(prospects: Iterable[Prospect]) -> list[ProspectRow]:
    """Touched periods for a table."""
    return [_row(each) for each in prospects]


def _row(prospect: Prospect) -> ProspectRow:
    head, result, revision = prospect.head, prospect.figure.result, prospect.now
    task = prospect.figure.task
    value = Fraction(revision.value) if revision and revision.value else None
    level = revision.level if revision else None
    definition = revision.definition if revision else task.definition
    return ProspectRow(
        label=head.label,
        first_day=head.first_day,
        phase=phase_word(head.phase),
        value_now=actual_text(value, _target(level), definition.unit, definition.places),
        value_then=actual_text(
            result.value, _target(task.level), task.definition.unit, task.definition.places
        ),
        word_now=judged_word(head.status, level),
        word_then=judged_word(str(result.status), task.level),
        changes=prospect.changes_verdict,
    )


def _target(level: ServiceLevel | None) -> Target:
    return target_of(level) if level else Target("", None, None, None, None)


def _before(kpi: Kpi, line: Any) -> Any:
    """The line that holds the day before the new one begins, or is corrected by it."""
    lines = kpi.levels.all() if isinstance(line, ServiceLevel) else _definitions(kpi)
    return in_force(lines, line.valid_from)


def _definitions(kpi: Kpi) -> Any:
    return kpi.definitions.select_related("calendar", "amendment")


def _facts(line: Any, kpi: Kpi) -> list[Fact]:
    if line is None:
        return []
    if isinstance(line, KpiDefinition):
        return definition_facts(line)
    definition = in_force(kpi.definitions.all(), line.valid_from) or kpi.definitions.first()
    return level_facts(line, definition.unit if definition else "")


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form said, to send it once more."""
    return [(name, str(v)) for name, v in request.POST.items() if name not in _NOT_KEPT]
