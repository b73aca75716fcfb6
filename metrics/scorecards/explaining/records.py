"""What the figure rests on: forecasts that counted, revisions side by side, deliveries."""

from typing import Any

from metrics.evaluation.vintages import MOST, ExplainedTarget, ExplainedVintage
from metrics.models import ResultRevision
from metrics.scorecards.explaining.parts import Part, Subject, number
from metrics.scorecards.rows import revision_row


def forecasts_part(subject: Subject) -> Part | None:
    """Which forecast counted for each target date, the gravest first."""
    found = subject.explanation.vintages
    if not found:
        return None
    title = "Forecasts that counted"
    if len(found) == MOST:
        title += f" (the {MOST} furthest off)"
    said = {"forecasts": [_target(each) for each in found]}
    return Part(title, [each.text for each in found], said)


def _target(target: ExplainedTarget) -> dict[str, Any]:
    return {
        "series": target.series or None,
        "at": target.at,
        "actual": target.actual,
        "counted": _vintage(target.counted) if target.counted else None,
        "replaced": [_vintage(each) for each in target.replaced],
        "late": [_vintage(each) for each in target.late],
    }


def _vintage(vintage: ExplainedVintage) -> dict[str, Any]:
    return {"issued": vintage.issued, "forecast": number(vintage.forecast)}


def revisions_part(subject: Subject) -> Part:
    """All revisions, each beside the one before it."""
    revisions = subject.explanation.revisions
    told = [_told(subject, revision) for revision in revisions]
    lines = [
        _revision_line(revision, now, before)
        for revision, now, before in zip(revisions, told, ["", *told], strict=False)
    ]
    title = f"Revision {subject.revision.number} of {len(revisions)}"
    return Part(title, lines, {})


def _told(subject: Subject, revision: ResultRevision) -> str:
    row = revision_row(subject.head, revision)
    return f"{row['value_text']}, {row['word'].text.lower()}"


def _revision_line(revision: ResultRevision, now: str, before: str) -> str:
    line = f"{revision.number}. {revision.computed_at:%Y-%m-%d %H:%M} UTC  {now}"
    line += f" (before: {before})" if before else ""
    if revision.reason:
        line += f"; restated: {revision.reason} (approved by {revision.approved_by})"
    return line


def deliveries_part(subject: Subject) -> Part:
    """How many rows each delivery brought."""
    found = subject.explanation.deliveries
    lines = [
        f"{each.delivery}, received {each.delivered_at:%Y-%m-%d %H:%M} UTC: {each.rows:,} row"
        f"{'' if each.rows == 1 else 's'}"
        for each in found
    ]
    if subject.head.has_late_rows:
        lines.append(
            "Some arrived after this figure became final: they are kept, and the figure changes "
            "only by a restatement"
        )
    said = [
        {"name": each.delivery, "received_at": each.delivered_at, "rows": each.rows}
        for each in found
    ]
    title = f"Measurement records: {subject.explanation.row_total:,} in force"
    return Part(title, lines, {"deliveries": said})
