"""The words people see for how a KPI is measured and judged: measures, their parameters, rules."""

from typing import Any, Final

from metrics.selectors.wording import QUIET, Word


def _word(text: str, meaning: str = "") -> Word:
    return Word(text, QUIET, meaning)


MEASURES: Final = {
    "ratio": _word("Share of good items", "good items out of all valid items of the same rows"),
    "share_within": _word(
        "Share within a limit", "items whose value or duration is at most a limit, out of all items"
    ),
    "availability": _word("Availability", "the scheduled time in which the service was up"),
    "count": _word("Count", "how many there were: incidents, filings, complaints"),
    "sum": _word("Sum", "values or durations added up"),
    "mean": _word("Average", "the mean of values or durations, weighted if the clause says so"),
    "percentile": _word("Percentile", "the value that a stated share of the items does not exceed"),
    "level": _word("Last value", "the last value of the period: a backlog, a headcount"),
    "quotient": _word("One amount per another", "cost per transaction, errors per filing"),
    "rate_per": _word("Volume per hour", "per hour that is reported, or per hour of the calendar"),
    "turnover": _word("Staff turnover", "leavers out of the mean headcount, as a yearly rate"),
    "forecast_accuracy": _word("Forecast accuracy", "how near forecasts came to what happened"),
    "forecast_bias": _word("Forecast bias", "whether forecasts lie above or below what happened"),
    "change_from_baseline": _word(
        "Change from a baseline", "the improvement on an agreed, frozen value"
    ),
    "assessed": _word("Assessed value", "surveyed, audited or scored by people"),
}
PARAMETERS: Final = {
    "weighted": _word("Weighted", "whether each row carries a weight"),
    "counting": _word("What an error rate counts"),
    "basis": _word("Basis", "whether all items were looked at, or a sample"),
    "limit": _word("Limit", "the largest value that is still good, such as 4"),
    "limit_unit": _word("Unit of the limit", "needed where rows give a start and an end"),
    "p": _word("Share of the items", "0.95 for the 95th percentile"),
    "method": _word("Method", "which figure is reported, or how it is read"),
    "hours": _word("Hours", "who says how many hours there were"),
    "annualise": _word("As a yearly rate"),
    "averaging": _word("Averaging", "over all rows, or the mean of each series' figure"),
    "season": _word("Season", "the lag of one season; for mase and rmsse"),
    "training": _word("Training series", "the frozen series that mase and rmsse are scaled by"),
    "baseline": _word("Baseline", "the agreed value"),
    "baseline_date": _word("Baseline agreed for", "the day it describes"),
    "baseline_agreed_by": _word("Baseline agreed by"),
    "better": _word("Better is", "which direction is the better one"),
    "of": _word("What is compared", "the mean of the values, or one sum over another"),
    "scored_by": _word("Scored by"),
    "second_scorer": _word("Scored again by"),
    "population": _word("Population", "how many there were"),
    "sample": _word("Sample", "how many were looked at"),
}
_CHOICES: Final = {
    "defective_items": "defective items",
    "defects_per_opportunity": "defects per opportunity",
    "census": "all items",
    "sample": "a sample",
    "nearest_rank": "the value of an item (nearest rank)",
    "interpolated": "interpolated between two items",
    "reported": "rows report them",
    "scheduled": "the calendar schedules them",
    "pooled": "over all rows",
    "per_series": "the mean of each series' figure",
    "accuracy": "accuracy: 1 − WAPE, never below 0",
    "wape": "WAPE: absolute errors out of the actuals",
    "mape": "MAPE: the mean of percentage errors",
    "smape": "sMAPE: the symmetric percentage error",
    "mase": "MASE: scaled by a naive forecast",
    "rmsse": "RMSSE: squared and scaled",
    "lower": "lower",
    "higher": "higher",
    "mean": "the mean of the values",
    "quotient": "one sum over another",
    "true": "yes",
    "false": "no",
}
PERIODS: Final = {
    "month": "Month",
    "quarter": "Quarter",
    "year": "Calendar year",
    "contract_year": "Contract year",
    "week": "Week",
    "day": "Day",
}
STUBS: Final = {
    "evaluate": "Measured like any other",
    "skip": "Left out",
    "merge": "Joined to its neighbour",
}
TIMES: Final = {
    "finished": "When it was finished",
    "occurred": "When it happened",
    "started": "When it was started",
    "due": "When it was due",
}
OPERATORS: Final = {
    ">=": "At least",
    ">": "More than",
    "<=": "At most",
    "<": "Less than",
    "within": "Within a range",
}
SMALL_SAMPLES: Final = {
    "insufficient": "Not judged: too few items",
    "evaluate_anyway": "Judged all the same",
}
NO_DATA: Final = {"none": "Not judged", "breached": "A service level failure"}
NO_ACTIVITY: Final = {"none": "Not judged", "met": "Met"}
ATTAINMENTS: Final = {
    "": "As usual: from the expected level down to the minimum, else met or not",
    "linear": "Falls evenly to 0 at the floor",
    "met_or_not": "100 or 0",
    "bands": "As its bands say",
}
ROUNDINGS: Final = {"half_up": "Rounded half up", "truncate": "Cut off"}
ROLES: Final = {
    "good": "good items",
    "valid": "valid items",
    "value": "value",
    "from": "start",
    "to": "end",
    "weight": "weight",
    "numerator": "upper part",
    "denominator": "lower part",
    "volume": "volume",
    "hours": "hours",
    "leavers": "leavers",
    "headcount": "headcount",
    "ends": "end",
    "forecast": "forecast",
    "actual": "actual",
    "series": "series",
}


def measure_word(measure: str) -> Word:
    """The word for a measure of the registry."""
    return MEASURES.get(measure, _word(measure))


def parameter_word(name: str) -> Word:
    """The word for a parameter of a measure."""
    return PARAMETERS.get(name, _word(name.replace("_", " ").capitalize()))


def choice_words(value: Any) -> str:
    """A parameter's value as people read it."""
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return _CHOICES.get(said, said)
