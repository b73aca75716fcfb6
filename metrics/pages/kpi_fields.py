"""The form fields that state what a KPI is, how it is measured and how it is judged."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from metrics.engine import MEASURES
from metrics.engine.parameters import Choice, Parameter, day, flag, frozen_set, text
from metrics.models import Feed, Kpi, ServiceLevel
from metrics.selectors import scope as scoped
from metrics.selectors import wording_terms as words
from metrics.selectors.wording import FAMILIES, family_word

PREFIX = "p_"  # of the fields of a measure's parameters
NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,10})?", re.ASCII)
Fields = dict[str, forms.Field]


class NumberField(forms.CharField):
    """An exact number as a contract states it; never a float. Cleans to Decimal or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        said = str(super().clean(value)).replace("−", "-")
        if not said:
            return None
        if not NUMBER.fullmatch(said):
            raise ValidationError(
                f"'{said}' is not a number: write digits with a point, at most 20 before and 10 "
                "after it, such as 99.5."
            )
        return Decimal(said)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value


class TextField(forms.CharField):
    """Several lines of text, with the line ends of a file."""

    widget = forms.Textarea

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).replace("\r\n", "\n")


def choices(said: Mapping[str, str], empty: str | None = None) -> list[tuple[str, str]]:
    first = [] if empty is None else [("", empty)]
    return [*first, *((key, text) for key, text in said.items() if key)]


def promise_fields(scope: Scope) -> Fields:
    """What is promised, and by which contract or process."""
    contracts = contracts_scope.contracts(scope).filter(archived_at=None).order_by("reference")
    processes = contracts_scope.processes(scope).filter(archived_at=None).order_by("code")
    return {
        "name": forms.CharField(max_length=200, help_text="As people call it."),
        "code": forms.CharField(
            max_length=63,
            help_text="Its short name in addresses and files: letters, digits, dots and dashes. It "
            "never changes.",
        ),
        "contract": forms.ChoiceField(
            choices=[
                ("", "None: done in house, or by its process alone"),
                *((each.reference, f"{each.reference}: {each.title}") for each in contracts),
            ],
            required=False,
        ),
        "process": forms.ChoiceField(
            choices=[("", "None"), *((each.code, str(each)) for each in processes)],
            required=False,
            help_text="A KPI belongs to a contract, to a process, or to both.",
        ),
        "family": forms.ChoiceField(
            choices=[(each, _with_meaning(family_word(each))) for each in FAMILIES]
        ),
        "direction": forms.ChoiceField(choices=Kpi.Direction.choices, label="Which is better"),
        "clause": forms.CharField(max_length=60, required=False, help_text="Such as 4.2."),
        "wording": TextField(
            required=False, max_length=10_000, label="The clause as signed", widget=_area(4)
        ),
    }


def measure_fields() -> Fields:
    """How it is measured; the parameters of the measure come from ``parameter_fields``."""
    measures = [(name, words.measure_word(name)) for name in words.MEASURES]
    return {
        "measure": forms.ChoiceField(
            choices=[
                ("", "Choose how it is measured"),
                *((n, _with_meaning(w)) for n, w in measures),
            ],
            label="Measured as",
        ),
        "unit": forms.CharField(
            max_length=40,
            help_text="Percent or ratio for shares; else hours, items, EUR or another word.",
            widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
        ),
        "places": forms.IntegerField(
            min_value=0, max_value=10, label="Decimals people see", initial=2
        ),
    }


def parameter_fields(measure: str, scope: Scope) -> Fields:
    """One field for each parameter of ``measure``; none for a measure nobody knows."""
    known = MEASURES.get(measure)
    given = known.parameters if known else ()
    return {f"{PREFIX}{each.name}": _parameter_field(each, scope) for each in given}


def period_fields(scope: Scope) -> Fields:
    """How long a period is, and in which time it is told."""
    calendars = contracts_scope.calendars(scope).filter(archived_at=None).order_by("code")
    return {
        "period": forms.ChoiceField(choices=choices(words.PERIODS), label="One figure per"),
        "anchor": forms.DateField(
            required=False, label="A day on which one begins", help_text="If not the usual one."
        ),
        "zone": forms.CharField(
            required=False,
            help_text="Such as Europe/Dublin; empty: the contract's.",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        "calendar": forms.ChoiceField(
            choices=[("", "Around the clock"), *((c.code, c.code) for c in calendars)],
            required=False,
            label="Working time",
            help_text="Durations count within it.",
        ),
        "grace_days": forms.IntegerField(
            min_value=0,
            max_value=366,
            initial=5,
            label="Days of grace for late rows",
            help_text="After that the figure is final.",
        ),
    }


def level_fields() -> Fields:
    """What has to be reached, and what follows."""
    return {
        "operator": forms.ChoiceField(
            choices=choices(words.OPERATORS, "No service level: shown, never judged"),
            required=False,
            label="The figure has to be",
        ),
        "expected": NumberField(required=False, label="Expected level", help_text="In its unit."),
        "minimum": NumberField(
            required=False,
            label="Minimum level",
            help_text="If failing it is worse than missing the expected level.",
        ),
        "lower": NumberField(required=False, label="From", help_text="Only for a range."),
        "upper": NumberField(required=False, label="To", help_text="Only for a range."),
        "kind": forms.ChoiceField(
            choices=ServiceLevel.Kind.choices, label="Class", initial=ServiceLevel.Kind.KEY
        ),
        "weight": NumberField(initial="1", help_text="Within its family; 0 counts nothing."),
        "enforced_from": forms.DateField(
            required=False, help_text="Before that day results are shown without consequence."
        ),
    }


def rare_fields() -> Fields:
    """What few service levels state."""
    return {
        "level_clause": forms.CharField(
            max_length=60, required=False, label="Clause of the level", help_text="If another one."
        ),
        "level_wording": TextField(
            required=False, max_length=10_000, label="Its wording as signed", widget=_area(3)
        ),
        "critical": NumberField(required=False, label="Critical failure beyond"),
        "min_volume": NumberField(required=False, label="Fewest items that are judged"),
        "min_volume_policy": forms.ChoiceField(
            choices=choices(words.SMALL_SAMPLES), label="With fewer items", required=False
        ),
        "no_data_is": forms.ChoiceField(
            choices=choices(words.NO_DATA), label="Without data", required=False
        ),
        "no_activity_is": forms.ChoiceField(
            choices=choices(words.NO_ACTIVITY), label="When nothing happened", required=False
        ),
        "attainment": forms.ChoiceField(
            choices=choices(words.ATTAINMENTS, words.ATTAINMENTS[""]), required=False
        ),
        "floor": NumberField(required=False, label="No attainment at"),
        "bands": TextField(
            required=False,
            help_text="One a line, best first: name | from | to | attainment | severity. Leave empty "
            "what a band does not state.",
            widget=_area(3),
        ),
        "compare_places": forms.IntegerField(
            required=False,
            min_value=0,
            max_value=10,
            label="Decimals that are compared",
            help_text="Empty: the exact value.",
        ),
        "compare_rounding": forms.ChoiceField(
            choices=choices(words.ROUNDINGS), label="Rounded by", required=False
        ),
    }


def _parameter_field(parameter: Parameter, scope: Scope) -> forms.Field:
    word = words.parameter_word(parameter.name)
    about: dict[str, Any] = {
        "label": word.text,
        "required": parameter.required,
        "help_text": f"{word.meaning[:1].upper()}{word.meaning[1:]}." if word.meaning else "",
    }
    if isinstance(parameter.read, Choice):
        said = [(name, words.choice_words(name)) for name in parameter.read.names]
        return forms.ChoiceField(choices=[_usual(parameter), *said], **about)
    if parameter.read is flag:
        said = [(name, words.choice_words(name)) for name in ("true", "false")]
        return forms.ChoiceField(choices=[_usual(parameter), *said], **about)
    if parameter.read is day:
        return forms.DateField(**about)
    if parameter.read is frozen_set:
        feeds = scoped.feeds(scope).filter(kind=Feed.Kind.REFERENCE, archived_at=None)
        said = [(feed.code, feed.name) for feed in feeds.order_by("code")]
        return forms.ChoiceField(choices=[("", "None"), *said], **about)
    if parameter.read is text:
        return forms.CharField(max_length=200, **about)
    return NumberField(**about)


def _usual(parameter: Parameter) -> tuple[str, str]:
    if parameter.default is None:
        return "", "Not stated"
    return "", f"As usual: {words.choice_words(parameter.default)}"


def _with_meaning(word: Any) -> str:
    return f"{word.text}: {word.meaning}" if word.meaning else str(word.text)


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})
