"""Forms of KPIs and their terms: what they say becomes an entry like one of a portfolio file."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from kpotracker.toolkit.forms import PlainForm
from metrics.pages import kpi_fields as fielded
from metrics.pages import kpi_said as said_as
from metrics.portfolio.editing import (
    Entry,
    Finding,
)
from metrics.selectors import wording_terms as words

_MARKED = re.compile(r"`(\w+): ?(?:\.\.\.)?`")
LINE = ("line",)
FIRST_LEVEL = ("service_levels", 0)


class TermsForm(PlainForm):
    """A form whose refusals come from the checks of the portfolio."""

    line: tuple[str | int, ...] = LINE

    def refuse_findings(self, findings: Iterable[Finding]) -> None:
        """Show what was refused by its field; a field that has an error keeps it alone."""
        for finding in findings:
            name = said_as.field_of(finding, self.fields, self.line)
            if name is None or name not in self.errors:
                self.add_error(name, _MARKED.sub(r"\1", str(finding)))

    def group(self, names: Iterable[str]) -> list[BoundField]:
        return [self[name] for name in names if name in self.fields]

    @property
    def values(self) -> dict[str, Any]:
        """What is valid so far."""
        return getattr(self, "cleaned_data", {})


class KpiForm(TermsForm):
    """A new KPI with how it is measured and its first service level."""

    line = FIRST_LEVEL

    def __init__(self, *args: Any, scope: Scope, measure: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope, self.measure = scope, measure
        self.names = {
            "promise": fielded.promise_fields(scope),
            "measure": fielded.measure_fields(),
            "parameters": fielded.parameter_fields(measure, scope),
            "period": {**_rows_fields(), **fielded.period_fields(scope), **_days_fields()},
            "level": fielded.level_fields(),
            "rare": fielded.rare_fields(),
        }
        for fields in self.names.values():
            self.fields.update(fields)
        self.dress()

    def groups(self) -> dict[str, list[BoundField]]:
        """Fields by what they are about."""
        return {name: self.group(fields) for name, fields in self.names.items()}

    def entry(self) -> Entry:
        """What the valid fields state."""
        said = self.values
        names = ("code", "name", "contract", "process", "family", "direction", "clause", "wording")
        days = ("time", "decimals", "first_day", "last_day", "stub")
        entry = said_as.without_nothing({name: said.get(name) for name in (*names, *days)})
        entry |= said_as.definition_said(said)
        level = said_as.level_said(said)
        if level:
            level["valid_from"] = said.get("first_day") or self._contract_begins()
            entry["service_levels"] = [said_as.without_nothing(level)]
        return entry

    def _contract_begins(self) -> date | None:
        found = contracts_scope.contracts(self.scope).filter(reference=self.values.get("contract"))
        return found.values_list("first_day", flat=True).first()


class KpiEditForm(TermsForm):
    """What a KPI is called, the clause it rests on and its last day."""

    name = forms.CharField(max_length=200)
    clause = forms.CharField(max_length=60, required=False)
    wording = fielded.TextField(
        required=False,
        max_length=10_000,
        label="The clause as signed",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    last_day = forms.DateField(
        required=False, label="Last day measured", help_text="Empty: as long as its contract."
    )


class RestatementForm(PlainForm):
    """Why a final figure has to be computed again."""

    reason = forms.CharField(
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays with the figure, and both sides read it.",
    )


def _rows_fields() -> dict[str, forms.Field]:
    return {
        "time": forms.ChoiceField(
            choices=fielded.choices(words.TIMES),
            label="A row belongs to the period",
            help_text="Fixed once rows arrived.",
        ),
        "decimals": forms.IntegerField(
            min_value=0,
            max_value=10,
            initial=2,
            label="Decimals kept",
            help_text="Of the numbers that rows deliver; fixed once rows arrived.",
        ),
    }


def _days_fields() -> dict[str, forms.Field]:
    return {
        "first_day": forms.DateField(
            required=False, label="First day measured", help_text="Empty: the contract's first day."
        ),
        "last_day": forms.DateField(
            required=False, label="Last day measured", help_text="Empty: as long as the contract."
        ),
        "stub": forms.ChoiceField(
            choices=fielded.choices(words.STUBS), label="A short first or last period is"
        ),
    }
