"""What was done about one due day of an obligation."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse

from contracts.pages.base import page
from contracts.pages.editing import form_page, posted
from contracts.pages.obligation_forms import FulfilForm, WaiveForm
from contracts.pages.obligations import (
    KEEPERS,
    obligation_address,
    obligation_desk,
    obligation_found,
)
from contracts.selectors.scope import Scope
from contracts.services.obligations import obligation_fulfil, obligation_waive
from kpotracker.toolkit.dbclock import now


@page(*KEEPERS, writes=True)
def obligation_done(request: HttpRequest, scope: Scope, code: str, due_on: str) -> HttpResponse:
    """Note that what was due on a day was done."""
    found, day, as_of = obligation_found(code, scope), _day(due_on), now()
    form = FulfilForm(
        posted(request), obligation=found, scope=scope, initial={"done_on": as_of.date()}
    )
    return form_page(
        request,
        form,
        obligation_desk(
            f"Done: {found}, due {day:%-d %B %Y}",
            "Note that it is done",
            obligation_address(found),
        ),
        work=lambda given: obligation_fulfil(obligation=found, due_on=day, as_of=as_of, **given),
        said=lambda outcome: f"{outcome.obligation} is done.",
        to=lambda _: obligation_address(found),
    )


@page(*KEEPERS, writes=True)
def obligation_excused(request: HttpRequest, scope: Scope, code: str, due_on: str) -> HttpResponse:
    """Note that what was due on a day is not asked for."""
    found, day, as_of = obligation_found(code, scope), _day(due_on), now()
    return form_page(
        request,
        WaiveForm(posted(request)),
        obligation_desk(
            f"Waive {found}, due {day:%-d %B %Y}", "Waive it", obligation_address(found)
        ),
        work=lambda given: obligation_waive(obligation=found, due_on=day, as_of=as_of, **given),
        said=lambda outcome: f"{outcome.obligation} is waived for this day.",
        to=lambda _: obligation_address(found),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404(f"{text} is no day") from None
