"""Delivering a file: choose or paste it, look at what it comes to, then deliver it."""

from io import BytesIO
from typing import Any, BinaryIO, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.pages.editing import posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.feeds.catalogue import mapping_of
from metrics.feeds.describing import Meaning, meanings
from metrics.feeds.intake import FeedError
from metrics.feeds.mapping import MappingError
from metrics.feeds.storage import TooLargeError
from metrics.feeds.uploads import same_bytes, upload_confirm, upload_discard, upload_receive
from metrics.models import Delivery, Feed, Upload
from metrics.pages.base import page
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import delivery_by_number
from metrics.selectors.feeds import feed_by_code
from metrics.selectors.wording import delivery_word

_PASTED = {"csv", "json", "ndjson"}
_VERDICTS = (
    ("accepted", "New", "would be counted"),
    ("corrected", "Corrections", "would replace an earlier version of themselves"),
    ("duplicate", "Known already", "would change nothing"),
    ("stale", "Stale", "older than what is known already"),
    ("conflicting", "Conflicting", "say something else without being newer"),
    ("filtered", "Filtered", "left out by the feed's own rule"),
    ("quarantined", "Set aside", "do not fit; see below"),
)


class DeliverForm(PlainForm):
    """A file or pasted text, and what its sender says of it."""

    file = forms.FileField(label="File", required=False, allow_empty_file=True)
    pasted = forms.CharField(
        label="Or paste the rows",
        required=False,
        strip=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="With the line of column names, as the file would have it.",
    )
    complete_through = forms.DateField(
        label="Complete through",
        required=False,
        help_text="You say that everything up to and including this day is in, nothing at all "
        "included. Leave it open if more may come.",
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind not in _PASTED:
            del self.fields["pasted"]
            self.fields["file"].required = True

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "pasted" in self.fields and bool(given.get("file")) == bool(given.get("pasted")):
            raise ValidationError("Choose a file, or paste its rows: one of the two.")
        return given


class MendForm(DeliverForm):
    """The file of rejects, mended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, kind="xlsx", **kwargs)
        del self.fields["complete_through"]
        self.fields["file"].help_text = "The CSV or XLSX you took from here, with its rows mended."


@page(Duty.DELIVER, writes=True)
def deliver(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Choose a file for a feed."""
    feed = _feed(code, scope)
    body = _body(feed)
    kind = (body.get("format") or {}).get("type", "csv")
    form = DeliverForm(posted(request), request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        upload = _looked_at(form, feed, scope)
        if upload:
            return redirect("upload", feed.code, upload.pk)
    context = {
        "form": form,
        "feed": feed,
        "kind": kind,
        "meanings": feed_meanings(feed),
        "section": "deliveries",
        "crumbs": _crumbs(feed, "Deliver a file"),
    }
    return render(request, "metrics/deliver.html", context)


@page(Duty.DELIVER, writes=True)
def delivery_mend(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Choose the mended file of rows that a delivery had set aside."""
    found = delivery_by_number(number, scope=scope)
    feed = _feed(found.ingestion.feed.code, scope)
    is_data = feed.kind == Feed.Kind.DATA  # a reference set of mended rows alone is no set
    if not is_data or not found.ingestion.quarantined or found.ingestion.undone_at:
        raise Http404("nothing of this delivery is to be mended")
    form = MendForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = _looked_at(form, feed, scope, mends=found)
        if upload:
            return redirect("upload", feed.code, upload.pk)
    back = reverse("delivery", args=[found.pk])
    crumbs = [Crumb("Deliveries", reverse("deliveries")), Crumb(found.filename, back)]
    context = {
        "form": form,
        "feed": feed,
        "mends": found,
        "section": "deliveries",
        "crumbs": [*crumbs, Crumb("Deliver mended rows")],
    }
    return render(request, "metrics/deliver.html", context)


@page(Duty.DELIVER, writes=True)
def upload(request: HttpRequest, scope: Scope, code: str, number: int) -> HttpResponse:
    """What the file comes to: deliver it, or drop it."""
    feed = _feed(code, scope)
    kept = scoped.uploads(scope).filter(feed=feed, pk=number).select_related("mends", "feed")
    found = kept.first()
    if found is None:
        raise Http404("nothing was uploaded here")
    if found.delivery_id:
        return redirect("delivery", found.delivery_id)
    if request.method == "POST":
        return _decided(request, found)
    return render(request, "metrics/upload.html", _shown(found, scope))


def _decided(request: HttpRequest, found: Upload) -> HttpResponse:
    if "drop" in request.POST:
        upload_discard(upload=found)
        messages.success(request, f"{found.filename} was dropped: nothing was delivered.")
        return redirect("feed", found.feed.code)
    try:
        delivery = upload_confirm(upload=found, received_at=now())
    except (FeedError, OSError) as error:
        messages.error(request, f"Nothing was delivered: {error}")
        return redirect("upload", found.feed.code, found.pk)
    messages.success(request, f"{found.filename} is delivered.")
    return redirect("delivery", delivery.pk)


def _shown(found: Upload, scope: Scope) -> dict[str, Any]:
    preview = found.preview
    verdicts = preview.get("verdicts", {})
    same = same_bytes(found)
    before = same and scoped.deliveries(scope).filter(ingestion=same).order_by("pk").first()
    return {
        "upload": found,
        "feed": found.feed,
        "preview": preview,
        "is_partial": preview.get("rows", 0) > preview.get("read", 0),
        "verdicts": [
            (label, verdicts[name], meaning, name)
            for name, label, meaning in _VERDICTS
            if verdicts.get(name)
        ],
        "meanings": feed_meanings(found.feed),
        "before": before,
        "before_word": before and delivery_word(before.ingestion.status, is_undone=False),
        "may_deliver": "rejected" not in preview or preview["rejected"]["rule"] == "limits",
        "section": "deliveries",
        "crumbs": _crumbs(found.feed, "What the file comes to"),
    }


def _looked_at(
    form: DeliverForm, feed: Feed, scope: Scope, mends: Delivery | None = None
) -> Upload | None:
    """Keep and read what the form holds; None where that is refused, which the form then says."""
    given = form.cleaned_data
    assert scope.reader is not None  # pages are for people who signed in
    stream, name = _stream(given)
    try:
        return upload_receive(
            feed=feed,
            stream=stream,
            filename=name,
            uploaded_by=scope.reader,
            as_of=now(),
            complete_through=given.get("complete_through"),
            mends=mends.ingestion if mends else None,
        )
    except TooLargeError as error:
        form.add_error("file", str(error))
    except FeedError as error:
        form.add_error(None, str(error))
    return None


def _stream(given: dict[str, Any]) -> tuple[BinaryIO, str]:
    file = cast("UploadedFile[Any] | None", given.get("file"))
    if file is not None:
        return cast(BinaryIO, file), file.name or "unnamed"
    text = given["pasted"].replace("\r\n", "\n")
    size = filesizeformat(len(text)).replace("\xa0", " ")  # names are kept in plain characters
    return BytesIO(text.encode()), f"pasted, {size}"


def _feed(code: str, scope: Scope) -> Feed:
    feed = feed_by_code(code, scope=scope)
    if feed.kind == Feed.Kind.MANUAL or feed.archived_at:
        raise Http404("this feed takes no files")
    return feed


def _body(feed: Feed) -> dict[str, Any]:
    last = feed.mappings.order_by("-version").first()
    return last.body if last else {}


def feed_meanings(feed: Feed) -> list[Meaning]:
    """What the columns of the feed's files are read for, by its mapping in force."""
    last = feed.mappings.order_by("-version").first()
    try:
        return meanings(mapping_of(last)) if last else []
    except MappingError:
        return []


def _crumbs(feed: Feed, here: str) -> list[Crumb]:
    return [
        Crumb("Feeds", reverse("feeds")),
        Crumb(feed.name, reverse("feed", args=[feed.code])),
        Crumb(here),
    ]
