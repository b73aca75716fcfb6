"""Taking down what a vendor reports as its own figure, and how it is told beside ours."""

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.pages.documents import holder_register
from contracts.pages.editing import Desk, form_page, posted
from contracts.selectors.documents import documents_of
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.filetypes import ACCEPTED
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.feeds.reporting import Told, vendor_figure_report
from metrics.models import Kpi, KpiPeriod, ResultRevision, VendorFigure
from metrics.pages.base import page
from metrics.pages.kpi_edit import SECTION, way_to
from metrics.scorecards.reporting import reported_row
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.reported import reported_for
from metrics.selectors.results import results_list

_WHOLE: dict[str, Any] = {"max_digits": 30, "decimal_places": 10}
holder_register(
    VendorFigure,
    Duty.DELIVER,
    address=lambda it: reverse("figure", args=[it.kpi.code, it.first_day]),
)


class VendorFigureForm(PlainForm):
    """A vendor's own figure for a period."""

    value = forms.DecimalField(label="Figure", **_WHOLE)
    numerator = forms.DecimalField(label="Numerator", required=False, **_WHOLE)
    denominator = forms.DecimalField(
        label="Denominator",
        required=False,
        help_text="Both parts, where the vendor told them.",
        **_WHOLE,
    )
    reported_on = forms.DateField(
        label="Reported on", required=False, help_text="When the vendor said it; today if empty."
    )
    note = forms.CharField(
        label="Source",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where it stands: the report, its page.",
    )
    file = forms.FileField(
        label="File", required=False, help_text=f"The report itself. {ACCEPTED}; up to 25 MiB."
    )

    def __init__(self, *args: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text = f"In {unit}."


@page(Duty.DELIVER, writes=True)
def figure_report(request: HttpRequest, scope: Scope, code: str, first_day: date) -> HttpResponse:
    """Take down what the vendor reports for a period."""
    kpi = kpi_by_code(code, scope=scope)
    head = results_list(scope=scope, kpi=code).filter(first_day=first_day).first()
    if head is None or head.current is None:
        raise Http404(f"{code} has no period that begins on {first_day}")
    back = reverse("figure", args=[code, first_day])
    unit = head.current.definition.unit
    desk = Desk(
        title="The vendor's own figure",
        lede=f"{kpi.name}, {head.label}. It stands beside ours; a later one replaces it, and all "
        "stay on record.",
        act="Take it down",
        back=back,
        section=SECTION,
        crumbs=(*way_to(kpi), Crumb(head.label, back), Crumb("The vendor's own figure")),
    )
    return form_page(
        request,
        VendorFigureForm(posted(request), request.FILES or None, unit=unit),
        desk,
        work=lambda given: _reported(kpi, first_day, scope, given),
        said=lambda _: "The vendor's figure is taken down.",
        to=lambda _: f"{back}#reported-title",
    )


def _reported(kpi: Kpi, day: date, scope: Scope, given: dict[str, Any]) -> VendorFigure:
    moment = now()
    said_on = given["reported_on"]
    told = Told(
        first_day=day,
        value=given["value"],
        numerator=given["numerator"],
        denominator=given["denominator"],
        note=given["note"],
        reported_at=moment.replace(year=said_on.year, month=said_on.month, day=said_on.day)
        if said_on
        else None,
    )
    files = [given["file"]] if given.get("file") else []
    return vendor_figure_report(
        kpi=kpi, told=told, by=actor_of(scope), as_of=moment, evidence=files
    )


def reported_context(head: KpiPeriod, revision: ResultRevision, scope: Scope) -> dict[str, Any]:
    """What the vendor reported for a period beside ``revision``, the one that counts first."""
    told = list(reported_for(head, scope).select_related("person", "key"))
    rows = [reported_row(each, revision, scope) for each in told]
    for row in rows:
        row["documents"] = documents_of(row["figure"], scope)
    return {"reported": rows, "may_report": scope.may(Duty.DELIVER) and not head.kpi.archived_at}
