"""The form of new working hours."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from kpotracker.toolkit.forms import PlainForm
from metrics.portfolio.editing.entries import Entry
from metrics.portfolio.editing.findings import Finding

_WEEK = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


class VersionForm(PlainForm):
    """Hours and closed days from a day on. Hours are written 09:00-12:30, 13:30-17:30."""

    valid_from = forms.DateField(
        label="From", help_text="The first day that follows these hours, in the calendar's zone."
    )
    holidays = forms.CharField(
        label="Closed days",
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a line: 2026-04-06, or *-12-25 for every year.",
    )
    country_holidays = forms.CharField(
        label="Public holidays of",
        required=False,
        max_length=8,
        help_text="A country (IE) or a region (DE-BY); they are written out for the years below.",
    )
    first_year = forms.IntegerField(required=False, min_value=1970, max_value=2200)
    last_year = forms.IntegerField(required=False, min_value=1970, max_value=2200)

    field_order = ("valid_from", *_WEEK, "holidays", "country_holidays", "first_year", "last_year")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in _WEEK.items():
            self.fields[day] = forms.CharField(
                label=label,
                required=False,
                max_length=300,
                help_text="Such as 09:00-17:30; leave it empty if closed." if day == "mon" else "",
            )
        self.order_fields(self.field_order)
        self.dress()

    @staticmethod
    def given(entry: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as the last hours have them."""
        last = (entry["versions"] or [entry])[-1]
        hours = {day: ", ".join(stretches) for day, stretches in last["weekdays"].items()}
        return hours | {"holidays": "\n".join(last["holidays"])}

    @property
    def said(self) -> Entry:
        """The version with the keys of one in a portfolio file."""
        values = self.cleaned_data
        hours = {day: _parts(values[day], ",") for day in _WEEK if values[day].strip()}
        years = [values["first_year"], values["last_year"]]
        said: Entry = {
            "valid_from": values["valid_from"],
            "weekdays": hours,
            "holidays": _parts(values["holidays"], "\n"),
        }
        if values["country_holidays"]:
            said["country_holidays"] = values["country_holidays"]
        if None not in years:
            said["years"] = years
        return said

    def refuse_findings(self, findings: Iterable[Finding]) -> None:
        """Show what was refused by its field."""
        for finding in findings:
            named = [step for step in finding.path if step in self.fields]
            self.add_error(str(named[-1]) if named else None, str(finding))


def _parts(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]
