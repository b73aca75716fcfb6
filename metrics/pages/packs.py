"""Review packs: built for a period, opened as they were frozen, and downloaded."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify

from contracts.pages.base import Crumb
from contracts.pages.editing import Desk, form_page, posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.charts import sparkline
from kpotracker.toolkit.dbclock import now
from metrics.models import PackCopy, Review, ReviewPack
from metrics.pages.base import page
from metrics.pages.periods import picker_for
from metrics.pages.review_forms import PackForm
from metrics.pages.reviews import reader, review_of
from metrics.reviews.packs.building import pack_build
from metrics.reviews.packs.changed import changed_since
from metrics.reviews.packs.scores import Part, points_of
from metrics.selectors import scope as scoped
from metrics.selectors.kpis import kpis_list
from metrics.selectors.spans import Span, beside, month_of, parse_span, quarter_of

_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@page(Duty.PUBLISH, writes=True)
def pack_new(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Build a pack for a review: pick a period, and it is frozen as it stands."""
    found = review_of(number, scope)
    kpis = kpis_list(scope=scope, vendor=found.vendor.code)
    usual = _usual_span(found)
    form = PackForm(
        posted(request), groups=picker_for(kpis, usual).groups, initial={"period": usual.label}
    )
    back = reverse("review", args=[found.pk])
    desk = Desk("Build a review pack", "Build the pack", back, "reviews", _LEDE, _crumbs(found))
    return form_page(
        request,
        form,
        desk,
        work=lambda given: pack_build(
            vendor=found.vendor,
            span=parse_span(given["period"]),
            as_of=now(),
            by=str(reader(scope)),
            review=found,
        ),
        said=lambda built: f"Pack built: {built.label}, edition {built.edition}.",
        to=_address,
    )


_LEDE = "Figures, cases, commentary and actions are frozen as they stand now. A later pack is a new"
_LEDE += " edition; this one does not change any more."


@page()
def pack(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A pack as it was frozen, in the copy of the reader's side."""
    found = _pack_of(number, scope)
    copies = {copy.audience: copy for copy in _copies(found, scope).defer("pdf", "xlsx")}
    shown = _shown(request, copies)
    context = {
        "pack": found,
        "copies": list(copies.values()),
        "copy": shown,
        "body": _with_trends(shown.body),
        "changes": changed_since(shown.body),
        "crumbs": _crumbs(found.review, f"Pack {found.label}"),
        "section": "reviews",
    }
    return render(request, "metrics/pack.html", context)


@page()
def pack_file(
    request: HttpRequest, scope: Scope, number: int, audience: str, kind: str
) -> HttpResponse:
    """One copy as a file, byte for byte as it was made."""
    if kind not in _TYPES:
        raise Http404(f"packs come as {' and '.join(_TYPES)}")
    found = _pack_of(number, scope)
    copy = _copies(found, scope).filter(audience=audience).defer("body").first()
    if copy is None:
        raise Http404(f"there is no {audience} copy")
    response = HttpResponse(bytes(getattr(copy, kind)), content_type=_TYPES[kind])
    name = slugify(f"review-pack-{found.vendor.code}-{found.label}-{found.edition}-{audience}")
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _pack_of(number: int, scope: Scope) -> ReviewPack:
    joined = scoped.packs(scope).select_related("vendor", "review__vendor")
    found = joined.filter(pk=number).first()
    if found is None:
        raise Http404(f"there is no pack {number}")
    return found


def _copies(found: ReviewPack, scope: Scope) -> Any:
    return scoped.pack_copies(scope).filter(pack=found).order_by("-audience")


def _shown(request: HttpRequest, copies: dict[str, PackCopy]) -> PackCopy:
    """The copy that the address names, or else the shared one."""
    asked = request.GET.get("copy", "")
    for name in (asked, PackCopy.Audience.SHARED, PackCopy.Audience.INTERNAL):
        if name in copies:
            return copies[name]
    raise Http404("this pack has no copy for this reader")


def _with_trends(body: Part) -> Part:
    """The frozen body with its trends drawn."""
    return body | {
        "contracts": [
            contract | {"families": [_drawn(family) for family in contract["families"]]}
            for contract in body["contracts"]
        ]
    }


def _drawn(family: Part) -> Part:
    lines = [line | {"spark": sparkline(points_of(line["trend"]))} for line in family["lines"]]
    return family | {"lines": lines}


def _usual_span(review: Review) -> Span:
    """The last full month before a review, or the last full quarter before a quarterly one."""
    kind = quarter_of if review.kind == Review.Kind.QUARTERLY else month_of
    return beside(kind(review.day), -1)


def _crumbs(review: Review | None, text: str = "Build a pack") -> tuple[Crumb, ...]:
    first = Crumb("Reviews", reverse("reviews"))
    if review is None:
        return (first, Crumb(text))
    return (first, Crumb(str(review), reverse("review", args=[review.pk])), Crumb(text))


def _address(found: ReviewPack) -> str:
    return reverse("pack", args=[found.pk])
