"""The forms of obligations, in plain language."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField

from contracts.models import Contract, Document, Obligation, Process, Vendor
from contracts.models.contracts import LONGEST_LEAD
from contracts.models.managed import code_validator
from contracts.models.obligations import FURTHEST_OFFSET
from contracts.pages.editing import MeanwhileForm
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm

_OWNERS = ("contract", "vendor", "process")
_GROUPS = (
    ("What it is", ("code", "title", "kind", "clause", *_OWNERS)),
    ("Who owes it", ("owed_by", "owner", "is_internal")),
    ("When it is due first", ("first_due", "event", "offset", "offset_unit")),
    ("When it is due again", ("every", "every_unit", "last_due", "followed_from")),
    ("Reminder and evidence", ("lead_days", "needs_evidence")),
)


class ObligationForm(MeanwhileForm):
    """What somebody owes, and when. The code and what it belongs to stay."""

    code = forms.CharField(
        label="Code",
        max_length=63,
        validators=[code_validator],
        help_text="Short and lasting, such as ash-soc2: files and addresses use it.",
    )
    title = forms.CharField(label="What is owed", max_length=200)
    kind = forms.ChoiceField(label="Kind", choices=Obligation.Kind.choices)
    clause = forms.CharField(label="Clause", max_length=60, required=False)
    contract = forms.ModelChoiceField(
        label="Under the contract",
        queryset=Contract.objects.none(),
        required=False,
        to_field_name="reference",
        empty_label="No contract",
        help_text="State one of contract, vendor and process.",
    )
    vendor = forms.ModelChoiceField(
        label="Or of the vendor",
        queryset=Vendor.objects.none(),
        required=False,
        to_field_name="code",
        empty_label="No vendor",
    )
    process = forms.ModelChoiceField(
        label="Or of the process",
        queryset=Process.objects.none(),
        required=False,
        to_field_name="code",
        empty_label="No process",
    )
    owed_by = forms.ChoiceField(
        label="Who owes it", choices=Obligation.Owes.choices, initial=Obligation.Owes.VENDOR
    )
    owner = forms.CharField(label="Who sees to it on our side", max_length=200, required=False)
    is_internal = forms.BooleanField(label="Keep it from the vendor", required=False)
    first_due = forms.DateField(
        label="On a day", required=False, help_text="Or state an event of the contract's term."
    )
    event = forms.ChoiceField(
        label="Or by an event",
        choices=[("", "No event"), *Obligation.Event.choices],
        required=False,
    )
    offset = forms.IntegerField(
        label="How long after it",
        min_value=-FURTHEST_OFFSET,
        max_value=FURTHEST_OFFSET,
        required=False,
        help_text="A negative number is before it: -3 months.",
    )
    offset_unit = forms.ChoiceField(label="Of", choices=Obligation.Unit.choices, required=False)
    every = forms.IntegerField(
        label="Every",
        min_value=0,
        max_value=FURTHEST_OFFSET,
        required=False,
        help_text="Left empty, it is due once, or once in each term.",
    )
    every_unit = forms.ChoiceField(
        label="Of", choices=[("", "once"), *Obligation.Unit.choices], required=False
    )
    last_due = forms.DateField(
        label="Until", required=False, help_text="Left empty, as long as the contract runs."
    )
    followed_from = forms.DateField(
        label="Not asked for before", required=False, help_text="What was due earlier is left out."
    )
    lead_days = forms.IntegerField(
        label="Remind how many days before", min_value=0, max_value=LONGEST_LEAD, initial=14
    )
    needs_evidence = forms.BooleanField(
        label="A document has to show that it was done", required=False
    )

    def __init__(
        self, *args: Any, scope: Scope, record: Obligation | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, record=record, **kwargs)
        if record is not None:
            for name in ("code", *_OWNERS):
                del self.fields[name]
            return
        found: dict[str, QuerySet[Any]] = {
            "contract": scoped.contracts(scope).order_by("reference"),
            "vendor": scoped.vendors(scope),
            "process": scoped.processes(scope).order_by("code"),
        }
        for name, records in found.items():
            field = cast("forms.ModelChoiceField[Any]", self.fields[name])
            field.queryset = records.filter(archived_at__isnull=True)

    @property
    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The fields under their headings."""
        for heading, names in _GROUPS:
            yield heading, [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for name in ("offset", "every"):
            given[name] = given.get(name) or 0
        given["offset_unit"] = given.get("offset_unit") or Obligation.Unit.DAYS
        return given


class FulfilForm(PlainForm):
    """When it was done, and what shows it."""

    done_on = forms.DateField(label="Done on")
    evidence = forms.ModelChoiceField(
        label="Evidence",
        queryset=Document.objects.none(),
        required=False,
        empty_label="No document",
        help_text="A document attached to the vendor or the contract.",
    )
    note = forms.CharField(
        label="Note", max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, obligation: Obligation, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = scoped.documents(scope).filter(
            vendor=obligation.vendor_id, archived_at__isnull=True
        )
        self.fields["evidence"].queryset = offered  # type: ignore[attr-defined]
        self.fields["evidence"].required = obligation.needs_evidence


class WaiveForm(PlainForm):
    """Why it is not asked for."""

    reason = forms.CharField(
        label="Why", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )
