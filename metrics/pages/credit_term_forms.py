"""Forms of dated credit terms, and of what a KPI's failure gives: the fields of each kind of rule."""

import re
from decimal import Decimal
from typing import Any, Final

from django import forms

from contracts.models import Amendment, Contract
from kpotracker.toolkit.forms import PlainForm
from metrics.models import CreditRule, CreditTerms

_NUMBER = r"-?\d{1,20}(?:\.\d{1,10})?"
_TIER = re.compile(rf"({_NUMBER})?\s*(?:to|–)\s*({_NUMBER})?\s*:\s*({_NUMBER})", re.ASCII)
_EARN_BACKS = (
    ("", "No earn-back"),
    ("met_for", "Level met for so many periods right after"),
    ("exceeded_for", "Level exceeded for so many periods right after"),
    ("no_credit_for", "No credit of the contract for so many periods"),
    ("average", "Average of the contract year meets the level"),
)
_BASES = (("", "As the credit terms say"), *CreditTerms.Base.choices)


def _exact(label: str, help_text: str = "", **more: Any) -> forms.DecimalField:
    given = {"max_digits": 30, "decimal_places": 10, "required": False} | more
    return forms.DecimalField(label=label, help_text=help_text, **given)


def _percent(label: str, help_text: str = "", **more: Any) -> forms.DecimalField:
    return _exact(label, help_text, min_value=0, **more)


def _amount(label: str, help_text: str = "", **more: Any) -> forms.DecimalField:
    return _exact(label, help_text, min_value=0, max_value=10**13, **more)


def _choice(label: str, choices: Any, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=help_text, required=False)


class _DatedForm(PlainForm):
    """From when a line holds, and where it was agreed."""

    valid_from = forms.DateField(
        label="Holds from", help_text="Periods that begin earlier keep theirs."
    )
    amendment = forms.ModelChoiceField(
        Amendment.objects.none(),
        label="Agreed in",
        required=False,
        empty_label="The contract as signed",
    )
    clause = forms.CharField(label="Clause", required=False, max_length=60)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amendment"].queryset = contract.amendments.all()  # type: ignore[attr-defined]

    def dated(self) -> dict[str, Any]:
        said = self.cleaned_data
        amendment = said["amendment"]
        return {"clause": said["clause"], "amendment": amendment.number if amendment else None}


class CreditTermsForm(_DatedForm):
    """What a contract agrees about service credits, from a day on."""

    every = _choice("Credit period", CreditTerms.Every.choices)
    base = _choice("Computed of", CreditTerms.Base.choices)
    at_risk_percent = _percent("At-risk amount, percent", "Of those charges.")
    at_risk_amount = _amount("… or as an amount", "For each full credit period.")
    pool = _percent("Pool, percent", "The most that categories × allocations may add up to.")
    same_cause = _choice("Failures of one cause", CreditTerms.SameCause.choices)
    critical_replaces = forms.BooleanField(
        label="A critical failure replaces the other credits of its period", required=False
    )
    period_cap_percent = _percent(
        "Cap of a credit period, percent", "Left empty, credits stop at the at-risk amount."
    )
    period_cap_amount = _amount("… or as an amount")
    annual_cap_percent = _percent("Cap of a contract year, percent", "Of twelve months' charges.")
    annual_cap_amount = _amount("… or as an amount")
    excess = _choice("What a cap cuts is", CreditTerms.Excess.choices)
    rounding = _choice("Rounding", CreditTerms.Rounding.choices)
    points_percent = _percent("A service point is worth, percent", "Of charges.")
    points_amount = _amount("… or an amount")
    earn_back = _choice("Earn-back", _EARN_BACKS)
    earn_back_periods = forms.IntegerField(
        label="For how many periods", required=False, min_value=1, max_value=120
    )
    earn_back_share = _percent("Share that returns, percent", max_value=100)
    earn_back_hold = forms.BooleanField(
        label="Post the credit itself only once that is decided", required=False
    )

    def stated(self) -> dict[str, Any]:
        """As the service takes it."""
        said = self.cleaned_data
        same = ("every", "base", "same_cause", "critical_replaces", "excess", "rounding")
        return {
            **self.dated(),
            **{name: said[name] for name in same if said[name] != ""},
            **{name: self._portion(name) for name in ("at_risk", "period_cap", "annual_cap")},
            "pool": said["pool"],
            "points": self._portion("points"),
            "earn_back": self._earn_back(),
        }

    def _portion(self, name: str) -> dict[str, Decimal]:
        kinds = {kind: self.cleaned_data[f"{name}_{kind}"] for kind in ("percent", "amount")}
        return {kind: value for kind, value in kinds.items() if value is not None}

    def _earn_back(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not said["earn_back"]:
            return {}
        return {
            "kind": said["earn_back"],
            "periods": said["earn_back_periods"],
            "share": said["earn_back_share"],
            "hold_until_window_ends": said["earn_back_hold"],
        }


class TiersField(forms.CharField):
    """Tiers, one a line: ``93 to 95: 5``; ``gives``: percent or points."""

    def __init__(self, gives: str) -> None:
        super().__init__(
            label=f"Tiers, and the {gives} each gives",
            widget=forms.Textarea(attrs={"rows": 4, "placeholder": "93 to 95: 5\nto 93: 10"}),
            max_length=4000,
            help_text="One a line, the best first, in the KPI's unit. An edge left out is open, "
            "and a tier holds its worse edge.",
        )
        self.gives = gives

    def clean(self, value: Any) -> list[dict[str, Decimal]]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        return [self._tier(line) for line in lines]

    def _tier(self, line: str) -> dict[str, Decimal]:
        found = _TIER.fullmatch(line)
        if found is None:
            raise forms.ValidationError(
                f"{line[:60]!r} is no tier: write it as 93 to 95: 5, or to 93: 10."
            )
        named = zip(("lower", "upper", self.gives), found.groups(), strict=True)
        return {name: Decimal(said) for name, said in named if said}


def _fields(kind: str) -> dict[str, forms.Field]:
    """What a rule of a kind asks for, in order."""
    allocation = _percent("Allocation, percent", required=True)
    each = _percent("Percent of the fee for each", required=True)
    within = {
        "floor": _exact("Floor", "The value beneath which no more is counted, in the KPI's unit."),
        "cap": _percent("The most, percent of the fee"),
    }
    kinds: dict[str, dict[str, forms.Field]] = {
        "pool_allocation": {
            "category": _percent("Category, percent of the pool", required=True),
            "allocation": allocation,
        },
        "weight": {"allocation": allocation},
        "weight_tier": {
            "weight": _percent("Weight, percent of the at-risk amount", required=True),
            "tiers": TiersField("percent"),
        },
        "tiers": {"tiers": TiersField("percent")},
        "full_steps": {
            "step": _percent("Length of a full step", "In the KPI's unit.", required=True),
            "percent": each,
            **within,
        },
        "shortfall_points": {"percent": each, **within},
        "service_points": {
            "tiers": TiersField("points"),
            "repeats": _choice("When it repeats", (("doubled", "Doubled"), ("same", "The same"))),
        },
        "fixed_per_incident": {
            "amount": _amount("Amount for each", required=True),
            "count": _choice(
                "What is counted",
                (
                    ("beyond_level", "Incidents beyond the level"),
                    ("all", "All incidents of the period"),
                    ("failure", "The failure, once"),
                ),
            ),
        },
    }
    return kinds.get(kind, {}) | (_common() if kind in kinds else {})


def _common() -> dict[str, forms.Field]:
    return {
        "base": _choice("Computed of", _BASES),
        "charges_of": _choice(
            "Charges of", (("", "The whole contract"), ("process", "The KPI's process alone"))
        ),
        "when": _choice(
            "Carried by", (("", "Defaults alone"), ("any_miss", "Every miss of the expected level"))
        ),
        "critical_percent": _percent("A critical failure gives instead, percent of charges"),
        "critical_amount": _amount("… or an amount"),
    }


RULES: Final = tuple(CreditRule.Kind.choices)


class CreditRuleForm(_DatedForm):
    """What a failure of a KPI gives, from a day on, by one kind of rule."""

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.own = kind, _fields(kind)
        self.fields.update(self.own)
        self.dress()

    def stated(self) -> dict[str, Any]:
        """As the service takes it."""
        said = {name: self.cleaned_data[name] for name in self.own}
        critical = {
            name: value
            for name in ("percent", "amount")
            if (value := said.pop(f"critical_{name}", None)) is not None
        }
        written = {name: value for name, value in said.items() if value not in (None, "")}
        if critical:
            written["critical"] = critical
        return {**self.dated(), "kind": self.kind, "parameters": written}
