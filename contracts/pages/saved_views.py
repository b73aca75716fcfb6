"""Filters that people keep under a name."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import SavedView
from contracts.pages.base import Crumb, page
from contracts.pages.editing import posted
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from contracts.services.saved_views import saved_view_delete, saved_view_keep
from kpotracker.toolkit.forms import PlainForm

_NOT_KEPT = ("page", "export", "csrfmiddlewaretoken")
_lists: dict[str, str] = {}


def list_register(name: str, title: str) -> None:
    """Let readers save filters of the list whose address has this name."""
    _lists[name] = title


class SaveForm(PlainForm):
    """A name for the filters that are shown."""

    name = forms.CharField(label="Name", max_length=60)
    query = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Link:
    """A saved view; ``is_shown``: the list shows exactly that now."""

    pk: int
    name: str
    url: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class SavedViewsPanel:
    """What ``contracts/_saved_views.html`` shows; ``query`` is what would be saved."""

    page: str
    query: str
    links: tuple[Link, ...]

    @property
    def can_save(self) -> bool:
        """Whether there is something to save that is not saved yet."""
        return bool(self.query) and not any(link.is_shown for link in self.links)


def saved_views_panel(page: str, query: QueryDict, scope: Scope) -> SavedViewsPanel:
    """The reader's views of the list ``page``, in one query."""
    if page not in _lists:
        raise LookupError(f"{page!r} keeps no views: list_register() it")
    now, address = kept_part(query), reverse(page)
    views = scoped.saved_views(scope).filter(page=page).order_by("name")
    links = (Link(v.pk, v.name, f"{address}?{v.query}", v.query == now) for v in views)
    return SavedViewsPanel(page, now, tuple(links))


def kept_part(query: QueryDict) -> str:
    """The filters of an address: sorted, without what is empty, a page number or a file."""
    kept = QueryDict(mutable=True)
    for name in sorted(query):
        values = [value for value in query.getlist(name) if value]
        if values and name not in _NOT_KEPT:
            kept.setlist(name, values)
    return kept.urlencode()


@page(writes=True)
def saved_view_add(request: HttpRequest, scope: Scope, name: str) -> HttpResponse:
    """Keep the filters that a list was sent with."""
    if name not in _lists or scope.reader is None:
        raise Http404("no list keeps views under this name")
    form = SaveForm(posted(request), initial={"query": kept_part(request.GET)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        query = kept_part(QueryDict(given["query"]))
        try:
            view = saved_view_keep(owner=scope.reader, page=name, name=given["name"], query=query)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The view “{view.name}” is saved.")
            return redirect(f"{reverse(name)}?{view.query}")
    context = {
        "form": form,
        "title": "Save these filters",
        "lede": f"The list “{_lists[name]}” will offer them under this name, to you alone.",
        "act": "Save",
        "back": reverse(name),
        "crumbs": [Crumb(_lists[name], reverse(name)), Crumb("Save a view")],
    }
    return render(request, "contracts/edit.html", context)


@page(writes=True)
def saved_view_remove(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Forget one's own view."""
    view: SavedView | None = scoped.saved_views(scope).filter(pk=number).first()
    if view is None or view.page not in _lists:
        raise Http404("no such view")
    back = f"{reverse(view.page)}?{view.query}"
    if request.method == "POST":
        saved_view_delete(view=view)
        messages.success(request, f"The view “{view.name}” is deleted.")
        return redirect(reverse(view.page))
    context = {
        "question": f"Delete the view “{view.name}”?",
        "text": "Only the name and its filters go; the records stay as they are.",
        "act": "Delete the view",
        "back": back,
        "crumbs": [Crumb(_lists[view.page], back), Crumb("Delete a view")],
    }
    return render(request, "contracts/confirm.html", context)
