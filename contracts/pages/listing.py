"""What every list has: filters that live in the address, and files of exactly what is filtered."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest

from contracts.pages.saved_views import SavedViewsPanel, saved_views_panel
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm

Choices = Mapping[str, list[tuple[str, str]]]
ARCHIVED = [("", "In use"), ("yes", "Archived"), ("all", "All")]


class FilterForm(PlainForm):
    """Filters as the address states them; a value that is no choice is named and left out."""

    def __init__(
        self, request: HttpRequest, choices: Choices | None = None, without: Iterable[str] = ()
    ) -> None:
        """``choices``: {field: options} of the choices that depend on the reader; ``without``:
        fields that this reader does not have."""
        super().__init__(request.GET, auto_id="filter_%s")
        for name in without:
            del self.fields[name]
        for name, options in (choices or {}).items():
            cast(forms.ChoiceField, self.fields[name]).choices = options
        self.is_valid()

    @property
    def chosen(self) -> dict[str, Any]:
        """What narrows the list: {field: value}, without those that are left open."""
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    @property
    def is_narrowing(self) -> bool:
        """Whether anything but hidden fields, which only travel along, is chosen."""
        return any(not self.fields[name].widget.is_hidden for name in self.chosen)

    @property
    def narrowing(self) -> dict[str, str]:
        """What narrows the list, as a query: {parameter: value}. A list without archived records
        says so with ``archived`` false, as programs get those too unless they say it."""
        shown = [name for name in self.chosen if not self.fields[name].widget.is_hidden]
        stated = {name: str(self.chosen[name]) for name in shown if name != "archived"}
        if "archived" not in self.fields or self.chosen.get("archived") == "all":
            return stated
        return stated | {"archived": "true" if self.chosen.get("archived") else "false"}


def search_field(label: str = "Search") -> forms.CharField:
    """Part of a name or code."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "size": 18}),
    )


def choice_field(label: str, options: list[tuple[str, str]], everything: str) -> forms.ChoiceField:
    """One of ``options``, or ``everything``."""
    return forms.ChoiceField(label=label, required=False, choices=[("", everything), *options])


def archived_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="Show", required=False, choices=ARCHIVED)


def archived_choice(chosen: dict[str, Any]) -> dict[str, bool]:
    """The condition on ``archived_at`` for what an ``archived_field`` says."""
    said = chosen.get("archived", "")
    return {} if said == "all" else {"archived_at__isnull": said != "yes"}


def list_context(
    request: HttpRequest, scope: Scope, filters: FilterForm, page: str
) -> dict[str, Any]:
    """Context of ``contracts/_filters.html`` and ``contracts/_saved_views.html``.

    ``page``: the name of the list's address, which ``list_register`` knows.
    """
    return {"filters": filters, "saved": saved(request, scope, page)}


def saved(request: HttpRequest, scope: Scope, page: str) -> SavedViewsPanel:
    """The reader's saved views of this list beside what the address says now."""
    return saved_views_panel(page, request.GET, scope)
