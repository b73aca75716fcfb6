"""Letters: written from a case, a contract or the credits of a period, downloaded, served."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify

from contracts.pages.base import Crumb, paged
from contracts.pages.documents import documents_panel, holder_register
from contracts.pages.editing import Desk, form_page, posted
from contracts.pages.listing import FilterForm, choice_field
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import export_response
from metrics.letters.making import letter_make, letter_preview, letter_serve, may_write
from metrics.letters.subjects import Subject, kinds_for, subject_of_case
from metrics.models import Letter, LetterCopy
from metrics.models.letters import LetterKind
from metrics.pages.base import page
from metrics.pages.letter_forms import LetterForm, ServiceForm
from metrics.pages.reviews import reader
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import case_by_number, name_within

_PER_PAGE = 50
_WRITING = (Duty.CASES, Duty.TERMS)
FILES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_COLUMNS = (
    "Letter",
    "Kind",
    "Vendor",
    "Contract",
    "Made",
    "Answer by",
    "Served",
    "How",
    "Received",
)

holder_register(Letter, *_WRITING, address=lambda it: reverse("letter", args=[it.pk]))


class LetterFilters(FilterForm):
    """What narrows the list of letters."""

    vendor = choice_field("Vendor", [], "All vendors")
    kind = choice_field("Letter", list(LetterKind.choices), "All kinds")
    state = choice_field("State", list(Letter.State.choices), "Any state")

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        known = contracts_scope.vendors(scope).values_list("code", "name")
        without = () if scope.is_internal else ("state",)
        super().__init__(request, {"vendor": [("", "All vendors"), *known]}, without)


@page()
def letters(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Letters, newest first."""
    filters = LetterFilters(request, scope)
    found = _narrowed(filters.chosen, scope)
    if kind := request.GET.get("export"):
        return export_response(kind, "letters", _COLUMNS, (_row(each) for each in found))
    context = {
        "page": paged(request, found, size=_PER_PAGE),
        "count": found.count(),
        "filters": filters,
        "may_word": scope.is_internal and scope.may(Duty.TERMS),
        "today": now().date(),
        "section": "letters",
    }
    return render(request, "metrics/letters.html", context)


@page()
def letter(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A letter as it was made, its files and how it was served."""
    found = letter_of(number, scope)
    copy = _copy_of(found, scope)
    context = {
        "letter": found,
        "copy": copy,
        "made_by": name_within(scope, found.made_by),
        "may_serve": not found.is_served and may_write(found.kind, scope),
        "documents": documents_panel(found, scope),
        "timeline": timeline_of(found, scope) if scope.is_internal else None,
        "crumbs": _crumbs(f"Letter {found.pk}"),
        "section": "letters",
    }
    return render(request, "metrics/letter.html", context)


@page()
def letter_file(request: HttpRequest, scope: Scope, number: int, kind: str) -> HttpResponse:
    """One file of a letter, byte for byte as it was made."""
    if kind not in FILES:
        raise Http404(f"letters come as {' and '.join(FILES)}")
    found = letter_of(number, scope)
    return file_answer(found, _copy_of(found, scope), kind)


@page(*_WRITING, writes=True)
def letter_serve_page(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Note that a letter was served."""
    found = letter_of(number, scope)
    if found.is_served or not may_write(found.kind, scope):
        raise Http404("not for this reader, or served already")
    back = reverse("letter", args=[found.pk])
    form = ServiceForm(posted(request), request.FILES or None, initial={"served_on": now().date()})
    crumbs = _crumbs(f"Letter {found.pk}", back, "Note its service")
    desk = Desk("Note its service", "Note it", back, "letters", found.subject, crumbs)
    return form_page(
        request,
        form,
        desk,
        work=lambda given: letter_serve(
            letter_id=found.pk, scope=scope, as_of=now(), **_service(given)
        ),
        said=lambda served: f"Served on {served.served_on:%-d %B %Y}; the vendor sees it now.",
        to=lambda _: back,
    )


@page(Duty.CASES, writes=True)
def case_letter(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Write a letter about a breach case."""
    case = case_by_number(number, scope=scope)
    back = reverse("case", args=[case.pk])
    way = (
        Crumb("Breach cases", reverse("breaches")),
        Crumb(f"{case.period.kpi.name}, {case.period.label}", back),
    )
    try:
        subject = subject_of_case(case)
    except ValidationError as error:
        raise Http404(str(error)) from error
    return _write(request, scope, subject, back, way)


@page(*_WRITING, writes=True)
def contract_letter(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Write a letter about a contract, or about its credits of the period ``?from=`` names."""
    contract = contract_by_reference(reference, scope=scope)
    back = reverse("contract-terms", args=[contract.reference])
    way = (Crumb("Contracts", reverse("contracts")), Crumb(contract.title, back))
    return _write(request, scope, Subject(contract, first_day=_asked_day(request)), back, way)


def letter_of(number: int, scope: Scope) -> Letter:
    """The letter as far as ``scope`` sees it. Raises Http404."""
    found = scoped.letters(scope).select_related("contract__vendor").filter(pk=number).first()
    if found is None:
        raise Http404(f"there is no letter {number}")
    return found


def file_answer(found: Letter, copy: LetterCopy, kind: str) -> HttpResponse:
    """The download of one file of a letter."""
    answer = HttpResponse(bytes(getattr(copy, kind)), content_type=FILES[kind])
    name = slugify(f"{found.kind}-{found.contract.reference}-{found.pk}")
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _write(
    request: HttpRequest, scope: Scope, subject: Subject, back: str, way: tuple[Crumb, ...]
) -> HttpResponse:
    kinds = [k for k in kinds_for(subject, today=now().date()) if may_write(k, scope)]
    form = LetterForm(posted(request), kinds=kinds, initial={"kind": request.GET.get("kind", "")})
    body = None
    if request.method == "POST" and form.is_valid():
        asked = form.request(subject, str(reader(scope)))
        try:
            if "make" in request.POST:
                made = letter_make(request=asked, scope=scope, as_of=now())
                messages.success(request, f"The letter “{made.subject}” is made.")
                return redirect(reverse("letter", args=[made.pk]))
            body = letter_preview(request=asked, scope=scope, as_of=now())
        except ValidationError as error:
            form.refuse(error)
    context = {
        "form": form,
        "body": body,
        "kinds": kinds,
        "back": back,
        "contract": subject.contract,
        "crumbs": (*way, Crumb("Write a letter")),
        "section": "letters",
    }
    return render(request, "metrics/letter_new.html", context)


def _asked_day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None


def _service(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"evidence": given["evidence"] or None}


def _narrowed(chosen: dict[str, Any], scope: Scope) -> QuerySet[Letter]:
    names = {"vendor": "contract__vendor__code", "kind": "kind", "state": "state"}
    condition = Q(**{column: chosen[name] for name, column in names.items() if name in chosen})
    found = scoped.letters(scope).select_related("contract__vendor", "case__period__kpi")
    return found.filter(condition).order_by("-id")


def _row(each: Letter) -> tuple[Any, ...]:
    return (
        each.subject,
        each.get_kind_display(),
        each.contract.vendor.name,
        each.contract.reference,
        each.made_at,
        each.answer_by,
        each.served_on,
        each.get_served_by_display(),
        each.received_on,
    )


def _copy_of(found: Letter, scope: Scope) -> LetterCopy:
    copy = scoped.letter_copies(scope).filter(letter=found).first()
    if copy is None:
        raise Http404(f"letter {found.pk} has no copy")
    return copy


def _crumbs(text: str, url: str = "", more: str = "") -> tuple[Crumb, ...]:
    last = (Crumb(more),) if more else ()
    return (Crumb("Letters", reverse("letters")), Crumb(text, url), *last)
