"""Forms of new terms: a service level or a way of measuring from a day on, by an amendment."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from contracts.models import Amendment
from contracts.models.managed import ManagedBy
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.pages import kpi_fields as fielded
from metrics.pages import kpi_said as said_as
from metrics.pages.kpi_forms import TermsForm
from metrics.portfolio.editing import (
    Entry,
    Finding,
    NewAmendment,
    definition_entry,
    level_entry,
)
from metrics.selectors import wording_terms as words

NEW_AMENDMENT = "new"
_OWN = ("valid_from", "amendment", "clause", "wording")


class AmendedForm(TermsForm):
    """New terms from a day on, by an amendment that is there or is registered with them."""

    def __init__(self, *args: Any, kpi: Kpi, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kpi = kpi
        self.amendments = list(
            contracts_scope.amendments(scope).filter(contract=kpi.contract).order_by("-number")
        )
        self.names: dict[str, dict[str, forms.Field]] = {
            "amendment": _amendment_fields(kpi, self.amendments),
            **self.term_fields(scope),
        }
        for fields in self.names.values():
            self.fields.update(fields)
        self.dress()

    def term_fields(self, scope: Scope) -> dict[str, dict[str, forms.Field]]:
        """The fields of the terms themselves, by group."""
        raise NotImplementedError

    def groups(self) -> dict[str, list[BoundField]]:
        return {name: self.group(fields) for name, fields in self.names.items()}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("amendment") == NEW_AMENDMENT:
            for name in ("number", "title", "effective_from"):
                if name in self.fields and name not in self.errors and not said.get(name):
                    self.add_error(name, "State it for the new amendment.")
        if not said.get("valid_from") and "valid_from" not in self.errors:
            said["valid_from"] = self._takes_effect(said)
            if said["valid_from"] is None and "effective_from" not in self.errors:
                self.add_error("valid_from", "State the day from which it holds.")
        return said

    def new_amendment(self) -> NewAmendment | None:
        """The amendment to register, where the form states one in full."""
        said = self.values
        if said.get("amendment") != NEW_AMENDMENT or not _is_whole(said):
            return None
        return NewAmendment(
            said["number"], said["title"], said["effective_from"], said.get("signed_on")
        )

    def line_said(self) -> Entry:
        """The new line as a file states it."""
        said = self.values
        number = said.get("amendment") or ""
        amendment = int(number) if number.isdigit() else None
        head = {"valid_from": said.get("valid_from"), "amendment": amendment}
        return said_as.without_nothing(head) | self.terms_said()

    def terms_said(self) -> Entry:
        raise NotImplementedError

    def _takes_effect(self, said: dict[str, Any]) -> date | None:
        if said.get("amendment") == NEW_AMENDMENT:
            return said.get("effective_from")
        by_number = {str(each.number): each.effective_from for each in self.amendments}
        return by_number.get(said.get("amendment") or "")

    def refuse_findings(self, findings: Iterable[Finding]) -> None:
        super().refuse_findings(_without_prefix(findings))


class LevelForm(AmendedForm):
    """A new service level."""

    def term_fields(self, scope: Scope) -> dict[str, dict[str, forms.Field]]:
        fields = fielded.level_fields()
        fields["operator"] = forms.ChoiceField(
            choices=fielded.choices(words.OPERATORS), label="The figure has to be"
        )
        return {"level": fields, "rare": fielded.rare_fields()}

    def terms_said(self) -> Entry:
        return said_as.level_said(self.values)

    @staticmethod
    def given(level: ServiceLevel | None) -> dict[str, Any]:
        """The fields as the level in force has them."""
        if level is None:
            return {}
        entry = level_entry(level)
        entry |= {name: entry.get(key, "") for name, key in said_as.LEVEL_KEYS.items()}
        entry["bands"] = said_as.bands_text(entry.get("bands", []))
        return {name: value for name, value in entry.items() if name not in _OWN}


class DefinitionForm(AmendedForm):
    """Another way of measuring; unit, period and the rest as before unless changed."""

    def __init__(self, *args: Any, measure: str, **kwargs: Any) -> None:
        self.measure = measure
        super().__init__(*args, **kwargs)

    def term_fields(self, scope: Scope) -> dict[str, dict[str, forms.Field]]:
        return {
            "measure": fielded.measure_fields(),
            "parameters": fielded.parameter_fields(self.measure, scope),
            "period": fielded.period_fields(scope),
        }

    def terms_said(self) -> Entry:
        return said_as.definition_said(self.values)

    @staticmethod
    def given(definition: KpiDefinition | None) -> dict[str, Any]:
        """The fields as the definition in force has them."""
        if definition is None:
            return {}
        entry = definition_entry(definition)
        entry |= {"period": entry["period"]["every"], "anchor": entry["period"].get("anchor")}
        given = entry.pop("parameters")
        flags = {True: "true", False: "false"}
        entry |= {
            f"{fielded.PREFIX}{name}": flags[value] if isinstance(value, bool) else value
            for name, value in given.items()
        }
        return {name: value for name, value in entry.items() if name not in _OWN}


def _amendment_fields(kpi: Kpi, amendments: Sequence[Amendment]) -> dict[str, forms.Field]:
    may_register = kpi.contract is not None and kpi.contract.managed_by == ManagedBy.PERSON
    fields: dict[str, forms.Field] = {
        "amendment": forms.ChoiceField(
            choices=list(_amendment_choices(amendments, may_register)),
            required=False,
            label="Agreed in",
            initial=NEW_AMENDMENT if may_register else "",
        )
    }
    if may_register:
        fields |= _new_amendment_fields(amendments)
    fields["valid_from"] = forms.DateField(
        required=False,
        label="Holds from",
        help_text="For periods that begin on this day or later. Empty: when the amendment takes "
        "effect.",
    )
    return fields


def _amendment_choices(
    amendments: Sequence[Amendment], may_register: bool
) -> Iterator[tuple[str, str]]:
    for each in amendments:
        text = f"Amendment {each.number}: {each.title}, from {each.effective_from:%-d %B %Y}"
        yield str(each.number), text
    if may_register:
        yield NEW_AMENDMENT, "A new amendment, stated below"
    yield "", "No amendment: both sides agreed otherwise"


def _new_amendment_fields(amendments: Sequence[Amendment]) -> dict[str, forms.Field]:
    following = max((each.number for each in amendments), default=0) + 1
    return {
        "number": forms.IntegerField(
            required=False, min_value=1, max_value=32_767, initial=following
        ),
        "title": forms.CharField(required=False, max_length=200),
        "signed_on": forms.DateField(required=False),
        "effective_from": forms.DateField(required=False, label="Takes effect on"),
    }


def _is_whole(said: dict[str, Any]) -> bool:
    return all(said.get(name) for name in ("number", "title", "effective_from"))


def _without_prefix(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings about the amendment lead to its own fields."""
    for each in findings:
        own = each.path[:1] == ("new_amendment",)
        path = (each.path[1:] or ("number",)) if own else each.path
        yield Finding(path, each.message, each.hint)
