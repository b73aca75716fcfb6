"""What pages that write have in common: a form, one service call, a word of success, and on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contracts.models import Managed
from contracts.models.managed import ManagedBy
from contracts.pages.base import Crumb
from kpotracker.toolkit.forms import PlainForm

_M = TypeVar("_M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Desk:
    """What surrounds a form: its title, what the button says and where one came from."""

    title: str
    act: str
    back: str
    section: str
    lede: str = ""
    crumbs: tuple[Crumb, ...] = ()
    template: str = "contracts/edit.html"
    extra: dict[str, Any] = field(default_factory=dict)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: even an empty POST is an answer."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: HttpRequest,
    form: PlainForm,
    desk: Desk,
    *,
    work: Callable[[dict[str, Any]], _M],
    said: Callable[[_M], str],
    to: Callable[[_M], str],
) -> HttpResponse:
    """Show the form, or do ``work`` with what it holds; what that refuses is shown by its fields.

    ``said``: the word of success; ``to``: where to go on. A button named "preview" sends the form
    without having the work done.
    """
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            done = work(form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, said(done))
            return redirect(to(done))
    context = {
        "form": form,
        "title": desk.title,
        "lede": desk.lede,
        "act": desk.act,
        "back": desk.back,
        "crumbs": desk.crumbs,
        "section": desk.section,
    }
    return render(request, desk.template, context | desk.extra)


def by_files(record: Managed) -> bool:
    """Whether portfolio files manage this record, so that people do not change it here."""
    return record.managed_by == ManagedBy.PORTFOLIO


def managed_page(request: HttpRequest, record: Managed, back: str) -> HttpResponse:
    """Say why this record is not changed here, and the way out."""
    context = {"record": record, "back": back}
    return render(request, "contracts/managed.html", context, status=409)


class MeanwhileForm(PlainForm):
    """A form of a record that tells when somebody else changed it in the meantime."""

    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        initial = kwargs.pop("initial", None) or {}
        self.stamp = record.updated_at.isoformat() if record is not None else ""
        super().__init__(*args, initial={**initial, "seen": self.stamp}, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.stamp and given.pop("seen", "") != self.stamp:
            raise ValidationError(
                "Somebody changed this while you had it open: open it again and repeat your change."
            )
        given.pop("seen", None)
        return given


class SuggestInput(forms.TextInput):
    """A text with suggestions; any other text is as good."""

    def __init__(self, suggestions: Callable[[], list[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"{(attrs or {}).get('id', name)}_list"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        options = format_html_join("", '<option value="{}"></option>', self._options())
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)

    def _options(self) -> list[tuple[str]]:
        return [(text,) for text in self.suggestions()]
