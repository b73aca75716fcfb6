"""Terms back-test: proposed terms of a contract judged against its past, for the buyer alone."""

from datetime import date
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from contracts.models import Contract
from contracts.pages.base import Crumb
from contracts.pages.editing import posted
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.exports import export_response
from kpotracker.toolkit.forms import PlainForm
from metrics.backtests.documents import KEYS, flat_rows
from metrics.backtests.figures import NotBackTestableError
from metrics.backtests.present import present_terms
from metrics.backtests.ranges import range_of
from metrics.backtests.results import BackTest
from metrics.backtests.running import terms_backtest
from metrics.pages.backtest_rows import shown_parts, shown_totals
from metrics.pages.base import page
from metrics.portfolio import PortfolioError
from metrics.selectors.spans import SpanError, month_of
from metrics.selectors.wording_defaults import CAUSES

_MONTHS: Final = 24
_MOST_TEXT: Final = 200_000
_LARGEST: Final = 200_000  # bytes of a file


class BackTestForm(PlainForm):
    """What is proposed, and of which time."""

    since = forms.CharField(
        label="From", max_length=20, help_text="The first month, such as 2024-11, or a day."
    )
    until = forms.CharField(
        label="To", max_length=20, required=False, help_text="The last month; left empty: today."
    )
    terms = forms.CharField(
        label="Proposed terms",
        max_length=_MOST_TEXT,
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 18, "class": "form-control code", "spellcheck": "false"}
        ),
        help_text="A portfolio file that states only what changes.",
    )
    file = forms.FileField(
        label="Or a file", required=False, help_text="YAML; it counts instead of the text above."
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > _LARGEST:
            raise forms.ValidationError(f"The file is too large: send at most {_LARGEST:,} bytes.")
        return file

    @property
    def text(self) -> str:
        """What was sent. Raises UnicodeDecodeError for a file that is not UTF-8."""
        file = self.cleaned_data["file"]
        return str(file.read(), "utf-8-sig") if file else str(self.cleaned_data["terms"])


@page(Duty.INTERNAL, writes=True)
def terms_backtest_page(request: HttpRequest, scope: Scope, reference: str) -> HttpResponseBase:
    """State terms, see what they would have made of the past; nothing is kept of it."""
    contract = contract_by_reference(reference, scope=scope)
    today = timezone.now().date()
    initial = {"since": _since(contract, today), "terms": present_terms(contract=contract)}
    form = BackTestForm(posted(request), request.FILES or None, initial=initial)
    found, problems = None, []
    if request.method == "POST" and form.is_valid():
        try:
            found = _run(form, contract, scope, today)
        except PortfolioError as error:
            problems = list(error.problems)
        except (SpanError, NotBackTestableError) as error:
            form.add_error(None, str(error))
        except UnicodeDecodeError:
            form.add_error("file", "The file is not UTF-8: save it as UTF-8.")
    if found and (kind := request.POST.get("export")):
        return _export(kind, contract, found)
    return _shown(request, contract, form, found, problems)


def _run(form: BackTestForm, contract: Contract, scope: Scope, today: date) -> BackTest:
    given = form.cleaned_data
    span = range_of(given["since"], given["until"] or None, today=today)
    return terms_backtest(
        text=form.text,
        since=span.since,
        until=span.until,
        scope=scope,
        as_of=timezone.now(),
        contract=contract.reference,
    )


def _since(contract: Contract, today: date) -> str:
    """Two years back, or the contract's first month where that is later."""
    index = today.year * 12 + today.month - 1 - _MONTHS
    back = date(index // 12, index % 12 + 1, 1)
    return month_of(max(back, contract.first_day)).label


def _export(kind: str, contract: Contract, found: BackTest) -> HttpResponseBase:
    rows = ([row[key] for key in KEYS] for row in flat_rows(found))
    return export_response(kind, f"terms-back-test-{contract.reference}", KEYS, rows)


def _shown(
    request: HttpRequest,
    contract: Contract,
    form: BackTestForm,
    found: BackTest | None,
    problems: list[Any],
) -> HttpResponse:
    context = {
        "contract": contract,
        "form": form,
        "found": found,
        "parts": shown_parts(found) if found else (),
        "totals": shown_totals(found, CAUSES) if found else None,
        "problems": problems,
        "crumbs": (
            Crumb(contract.title, reverse("contract", args=[contract.reference])),
            Crumb("Terms back-test"),
        ),
        "section": "contracts",
    }
    refused = problems or form.errors
    return render(request, "metrics/backtest.html", context, status=400 if refused else 200)
