"""The figure itself: what it is, how it was computed, and what it is judged by."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from metrics.models import ServiceLevel
from metrics.scorecards.explaining.parts import Part, Subject, number
from metrics.scorecards.figures import short_text, with_sign
from metrics.scorecards.reporting import reported_row
from metrics.selectors.reported import reported_for
from metrics.selectors.wording import consequence_words, in_words, judged_word, kind_words

Lines = list[str]


def heading_part(subject: Subject) -> Part:
    head, kpi, row = subject.head, subject.head.kpi, subject.row
    contract = kpi.governing_contract
    status = judged_word(subject.revision.status, subject.explanation.level).text
    consequence = consequence_words(row["consequence"])
    days = f"{head.first_day} to {head.last_day} in {subject.explanation.definition.zone}"
    lines = [
        f"{kpi.name} [{kpi.code}]{f' (clause {kpi.clause})' if kpi.clause else ''}",
        *([f"{contract.vendor.name}, {contract.reference}: {contract.title}"] if contract else []),
        f"Period {head.label}: {days}, {row['phase_text'].lower()}",
        f"Figure: {row['value_text']}, {status.lower()}{f', {consequence}' if consequence else ''}",
        *([f"Why: {row['default_text']}"] if row["default_text"] else []),
    ]
    said = {
        "vendor": contract.vendor.code if contract else None,
        "contract": contract.reference if contract else None,
        "default_cause": row["default_cause"],
        "default_of": row["default_of"],
    }
    return Part("", lines, said)


def computed_part(subject: Subject) -> Part:
    steps = [in_words(step, subject.explanation.level) for step in subject.explanation.steps]
    return Part("How it was computed", steps or ["There was nothing to compute."], {})


def level_part(subject: Subject) -> Part:
    level = subject.explanation.level
    if level is None:
        lines = ["Service level: none agreed for this period"]
        return Part("What it is judged by", lines, {"amendment": None})
    row = subject.row
    minimum = f", minimum {row['minimum_text']}" if row.get("minimum_text") else ""
    target = row["target_text"] or f"minimum {level.minimum}"
    kind = kind_words(level.kind).lower()
    lines = [
        f"Service level: {target}{minimum}, {kind}, in force from {level.valid_from}",
        *_agreed(level),
        *_clause(subject, level),
    ]
    return Part("What it is judged by", lines, {"amendment": _amendment(level)})


def _agreed(level: ServiceLevel) -> Lines:
    found = level.amendment
    if found is None:
        return ["Agreed in: the contract as signed"]
    return [f"Agreed in: amendment {found.number}, {found.title}, effective {found.effective_from}"]


def _amendment(level: ServiceLevel) -> dict[str, Any] | None:
    found = level.amendment
    if found is None:
        return None
    return {
        "number": found.number,
        "title": found.title,
        "effective_from": found.effective_from,
        "signed_on": found.signed_on,
    }


def _clause(subject: Subject, level: ServiceLevel) -> Lines:
    kpi = subject.head.kpi
    clause, wording = level.clause or kpi.clause, level.wording or kpi.wording
    said = f"Clause {clause}" if clause else "Wording"
    if wording:
        return [f"{said}: “{' '.join(wording.split())}”"]
    return [said] if clause else []


def circumstances_part(subject: Subject) -> Part | None:
    """What counted beside the rows: completeness, the vendor's own figure, excused events."""
    found: Mapping[str, Any] = subject.revision.body.get("circumstances") or {}
    attested = subject.revision.attested
    lines = [f"Completeness: {'attested by the sender' if attested else 'not attested'}"]
    for name in _in_order(found):
        lines += _CIRCUMSTANCES.get(name, _plainly(name))(found[name], subject)
    return Part("What counted beside the rows", lines, {"circumstances": dict(found)})


def reported_part(subject: Subject) -> Part | None:
    """What the vendor reports for the period, how far it lies from ours, and which of them counts."""
    figure = reported_for(subject.head, subject.scope).first()
    if figure is None:
        return None
    row, tolerance = reported_row(figure, subject.revision, subject.scope), _tolerance(subject)
    lines = [
        f"{row['value_text']}, reported on {figure.reported_at:%Y-%m-%d}; ours: {row['ours_text']}",
        *([f"Variance: {row['variance_text']}{tolerance}"] if row["variance_text"] else []),
        *([_WITHIN[row["within"]]] if row["within"] is not None else []),
        "The vendor's figure is the one that counts" if row["counts"] else "Ours counts",
    ]
    said = {
        "value": number(str(figure.value)),
        "reported_at": figure.reported_at,
        "variance": None if row["variance"] is None else number(str(row["variance"])),
        "within_tolerance": row["within"],
        "counts": row["counts"],
    }
    return Part("The vendor's own figure", lines, {"reported": said})


_WITHIN: Final = {True: "It lies within the tolerance", False: "It lies outside the tolerance"}


def _tolerance(subject: Subject) -> str:
    """The clause's tolerance, behind a variance; empty without one."""
    line = subject.explanation.definition
    if line.tolerance is None:
        return ""
    return f", tolerance {with_sign(short_text(Fraction(line.tolerance)), line.unit)}"


def _coverage(value: Any, subject: Subject) -> Lines:
    return [f"Data: {short_text(Fraction(value) * 100)} % of what was owed had arrived"]


def _late(value: Any, subject: Subject) -> Lines:
    return ["Some of it came late, or not at all"]


def _reported(value: Any, subject: Subject) -> Lines:
    unit = subject.explanation.definition.unit
    return [f"The vendor's own figure: {with_sign(short_text(Fraction(value)), unit)}"]


def _excused(value: Any, subject: Subject) -> Lines:
    return [f"Excused, {event['name']}: {event['words']}" for event in value]


_CIRCUMSTANCES: Final[Mapping[str, Callable[[Any, Subject], Lines]]] = {
    "coverage": _coverage,
    "late": _late,
    "reported": _reported,
    "excused": _excused,
}


def _in_order(found: Mapping[str, Any]) -> list[str]:
    """The same on every database: what is kept as JSON has no order of its own."""
    known = [name for name in _CIRCUMSTANCES if name in found]
    return [*known, *sorted(found.keys() - set(known))]


def _plainly(name: str) -> Callable[[Any, Subject], Lines]:
    return lambda value, subject: [f"{name.replace('_', ' ').capitalize()}: {value}"]


def failures_part(subject: Subject) -> Part | None:
    found = subject.revision.body.get("failures")
    if not found:
        return None
    said = {name: number(found[name]) for name in ("allowed", "used", "left", "consumed", "burn")}
    return Part("", [], {"failures": said})
