"""The form fields of what few service levels and definitions state."""

from django import forms

from metrics.pages.kpi_fields import Fields, NumberField, TextField, area, choices
from metrics.selectors import wording_terms as words


def rare_fields() -> Fields:
    """What few service levels state."""
    return {
        "level_clause": forms.CharField(
            max_length=60, required=False, label="Clause of the level", help_text="If another one."
        ),
        "level_wording": TextField(
            required=False, max_length=10_000, label="Its wording as signed", widget=area(3)
        ),
        "critical": NumberField(required=False, label="Critical failure beyond"),
        "min_volume": NumberField(required=False, label="Fewest items that are judged"),
        "min_volume_policy": forms.ChoiceField(
            choices=choices(words.SMALL_SAMPLES), label="With fewer items", required=False
        ),
        "allow_failures": forms.IntegerField(
            min_value=0, max_value=1_000_000, required=False, label="Failures allowed then"
        ),
        "interval_decides": forms.BooleanField(
            required=False,
            label="The 95 % interval decides",
            help_text="A miss needs the whole interval on the worse side.",
        ),
        **repetition_fields(),
        "change_inside": forms.ChoiceField(
            choices=choices(words.CHANGES_INSIDE),
            required=False,
            label="The period in which it begins is judged by",
        ),
        "min_coverage": NumberField(
            required=False,
            label="Least that has to have arrived",
            help_text="Percent of what its feeds owed.",
        ),
        "late_report_is": forms.ChoiceField(
            choices=choices(words.LATE_REPORTS), label="A late report is", required=False
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
            widget=area(3),
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


def repetition_fields() -> Fields:
    """What belongs to a default by repetition beside its rule."""
    return {
        "repetition_after": forms.ChoiceField(
            choices=choices(words.REPETITION_AFTER),
            required=False,
            label="After a default by repetition",
        ),
        "repetition_gap": forms.ChoiceField(
            choices=choices(words.REPETITION_GAPS),
            required=False,
            label="A period without a verdict in a run",
        ),
    }


def agreed_fields() -> Fields:
    """What else a definition agrees on."""
    return {
        "source_of_record": forms.ChoiceField(
            choices=choices(words.SOURCES), required=False, label="The figure that counts"
        ),
        "tolerance": NumberField(
            required=False,
            label="Tolerance",
            help_text="How far the vendor's own figure may lie from ours, in the unit.",
        ),
        "maintenance_hours": NumberField(
            required=False, label="Excused maintenance", help_text="Hours in one period."
        ),
        "maintenance_notice_days": forms.IntegerField(
            min_value=0,
            max_value=366,
            required=False,
            label="Announced ahead by",
            help_text="Days.",
        ),
        "volume_relief_above": NumberField(
            required=False,
            label="Volume relieves beyond",
            help_text="Percent of the locked forecast, such as 110.",
        ),
    }
