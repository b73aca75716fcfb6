"""What people fill in to write a letter, to note its service, and to keep a wording."""

from datetime import date
from typing import Any

from django import forms

from contracts.services.filetypes import ACCEPTED
from kpotracker.toolkit.forms import PlainForm
from metrics.letters.composing import Request
from metrics.letters.subjects import Subject
from metrics.models import Letter
from metrics.models.letters import LetterKind

_LONGEST = 6000
_ADDRESS = {"rows": 3}


class LetterForm(PlainForm):
    """Which letter, to whom, and what its author adds to it."""

    kind = forms.ChoiceField(label="Letter")
    recipient = forms.CharField(
        label="To",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs=_ADDRESS),
        help_text="A line each. By itself the vendor and its escalation contact.",
    )
    sender = forms.CharField(
        label="From",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs=_ADDRESS),
        help_text="Your organisation and its address. By itself your name.",
    )
    paragraph = forms.CharField(
        label="In your own words",
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="An empty line begins a new paragraph. The rest of the letter fills itself.",
    )
    answer_by = forms.DateField(label="Answer asked for by", required=False)

    def __init__(self, *args: Any, kinds: list[LetterKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(kind.value, kind.label) for kind in kinds]
        self.fields["kind"].choices = options  # type: ignore[attr-defined]

    def request(self, subject: Subject, by: str) -> Request:
        """What a valid form asks for."""
        return Request(subject=subject, by=by, **self.cleaned_data)


class ServiceForm(PlainForm):
    """How a letter was served, with the proof of it."""

    served_on = forms.DateField(label="Served on")
    way = forms.ChoiceField(label="How", choices=Letter.Way.choices)
    reference = forms.CharField(
        label="Reference",
        required=False,
        max_length=200,
        help_text="Such as the number of the consignment or of the message.",
    )
    received_on = forms.DateField(
        label="Deemed received on",
        required=False,
        help_text="The day the contract says it counts as received; by itself the day of service.",
    )
    evidence = forms.FileField(
        label="Proof",
        required=False,
        allow_empty_file=True,
        help_text=f"Kept from the vendor. {ACCEPTED}; up to 25 MiB.",
    )


class WordingForm(PlainForm):
    """A wording of the buyer's own."""

    kind = forms.ChoiceField(label="Letter", choices=LetterKind.choices)
    valid_from = forms.DateField(label="Used from", help_text="Earlier letters stay as they are.")
    subject = forms.CharField(label="Subject", max_length=300)
    body = forms.CharField(
        label="Text",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="With fields such as {{ kpi }} and {% if clause %} … {% endif %}.",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = today
