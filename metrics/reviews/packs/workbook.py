"""A pack as a workbook: every table of the frozen body, with exact numbers and native charts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from io import BytesIO
from typing import Any

from xlsxwriter.workbook import Workbook

from metrics.reviews.packs import columns
from metrics.reviews.packs.scores import Part
from metrics.reviews.packs.sheets import Book, Value
from metrics.reviews.packs.trends import add_trends


def pack_workbook(body: Part) -> bytes:
    """The file of one copy; the same body gives the same bytes."""
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": body["title"],
                "subject": body["marking"],
                "author": body["author"],
                "created": datetime.fromisoformat(body["made_at"]).astimezone(UTC),
            }
        )
        _fill(Book(workbook), body)
    return out.getvalue()


def _fill(book: Book, body: Part) -> None:
    _summary(book, body)
    book.table("KPIs", columns.KPIS, _kpis(body))
    add_trends(book, body)
    book.table("Commentary", columns.COMMENTARY, _commentary(body))
    book.table("Breach cases", columns.CASES, _cases(body))
    book.table("What was done", columns.STEPS, _steps(body))
    book.table("Corrective plans", columns.PLANS, _plans(body))
    book.table("Missing or late", columns.MISSING, _missing(body))
    book.table("Actions", columns.ACTIONS, _actions(body))
    book.table("Decisions", columns.DECISIONS, _decisions(body))
    book.table("Sources", columns.SOURCES, _sources(body))
    if body.get("notices"):
        book.table("Dates to act on", columns.NOTICES, _notices(body))


def _summary(book: Book, body: Part) -> None:
    sheet = book.workbook.add_worksheet("Summary")
    sheet.write_string(0, 0, body["vendor"]["name"], book.title)
    facts = (
        ("Period", body["period"]["words"]),
        ("From", body["period"]["first_day"]),
        ("To", body["period"]["last_day"]),
        ("Edition", str(body["edition"])),
        ("Built", body["made_at"]),
        ("Built by", body["author"]),
        ("Copy", body["marking"]),
    )
    for row, (name, said) in enumerate(facts, start=1):
        sheet.write_string(row, 0, name, book.strong)
        sheet.write_string(row, 1, said)
    families = [
        (
            each["name"],
            _number(each["score"]),
            "" if each["is_rated"] else each["score_text"],
            _number(each["coverage"]),
            each["failures"],
            each["promised"],
            each["measured"],
        )
        for each in _families(body)
    ]
    book.fill(sheet, columns.SUMMARY, families, first_row=len(facts) + 2)


def _families(body: Part) -> Iterator[Part]:
    """The vendor's families, or those of the contracts that the pack is narrowed to."""
    if body["summary"]["families"]:
        yield from body["summary"]["families"]
        return
    for contract in body["contracts"]:
        for family in contract["families"]:
            yield family | {"name": f"{contract['reference']}: {family['name']}"}


def _kpis(body: Part) -> Iterator[tuple[Value, ...]]:
    for contract in body["contracts"]:
        for family in contract["families"]:
            for line in family["lines"]:
                for figure in line["figures"] or [line["latest"]]:
                    yield _kpi(contract["reference"], family["name"], line, figure)


def _kpi(
    reference: str, family: str, line: Mapping[str, Any], figure: Mapping[str, Any]
) -> tuple[Value, ...]:
    return (
        reference,
        family,
        line["name"],
        line["kpi"],
        line["clause"],
        line["standing"] or line["kind"],
        figure["label"],
        figure["word"]["text"],
        figure["phase"]["text"],
        _number(figure["exact"]),
        figure.get("unit", ""),
        figure["exact"],
        figure["actual"],
        figure["target"],
        figure["minimum"],
        figure["delta"],
        _number(figure["attainment"]),
        _number(line["share"]),
        figure.get("consequence", ""),
        figure["revision"],
    )


def _commentary(body: Part) -> Iterator[tuple[Value, ...]]:
    for said in body["commentary"]:
        inside = "yes" if said["is_internal"] else "no"
        yield (
            said["name"],
            said["label"],
            said["side"],
            inside,
            said["by"],
            _day(said["on"]),
            said["text"],
        )


def _cases(body: Part) -> Iterator[tuple[Value, ...]]:
    for each in body["cases"]:
        yield (
            each["name"],
            each["contract"],
            each["label"],
            each["actual"],
            each["target"],
            each["delta"],
            each["severity"]["text"],
            each["state"]["text"],
            _day(each["opened_on"]),
            "yes" if each["is_earlier"] else "no",
            each["incident"],
        )


def _steps(body: Part) -> Iterator[tuple[Value, ...]]:
    for each in body["cases"]:
        about = (each["name"], each["label"])
        for step in each["steps"]:
            yield (*about, _day(step["on"]), step["state"], step["by"], step["reason"])
        for said in each["comments"]:
            kind = "Comment, internal" if said["is_internal"] else "Comment"
            yield (*about, _day(said["on"]), kind, said["by"], said["text"])


def _plans(body: Part) -> Iterator[tuple[Value, ...]]:
    for plan in body["plans"]:
        for step in plan["steps"]:
            yield (
                plan["title"],
                plan["state"],
                plan["cause"],
                step["title"],
                step["side"],
                step["owner"],
                _day(step["due_on"]),
                _day(step["done_on"]),
                step["result"],
            )


def _missing(body: Part) -> Iterator[tuple[Value, ...]]:
    for each in body["missing"]:
        yield (each["name"], each["label"], None, each["word"]["text"])
    for each in body["deliveries"]:
        yield (each["feed"], each["label"], _day(each["due_on"]), each["state"]["text"])


def _actions(body: Part) -> Iterator[tuple[Value, ...]]:
    for each in (*body["open_actions"], *body["closed_actions"]):
        yield (
            each["text"],
            each["side"],
            each["owner"],
            _day(each["agreed_on"]),
            _day(each["due_on"]),
            each["age_days"],
            each["overdue_days"],
            each["state"],
            _day(each["closed_on"]),
            "yes" if each["is_carried_over"] else "no",
            each["note"],
        )


def _decisions(body: Part) -> Iterator[tuple[Value, ...]]:
    for each in body["decisions"]:
        yield (each["review"], _day(each["on"]), each["text"], each["by"])


def _sources(body: Part) -> Iterator[tuple[Value, ...]]:
    for source in body["sources"]:
        for made in source["figures"]:
            yield (
                source["name"],
                source["contract"],
                source["clause"],
                source["measured"],
                source["formula"],
                source["level"],
                ", ".join(source["feeds"]),
                made["label"],
                made["exact"],
                made["numerator"],
                made["denominator"],
                made["rows"],
                made["revision"],
                _day(made["computed_at"][:10]),
                made["restated"],
                made["approved_by"],
            )


def _notices(body: Part) -> Iterator[tuple[Value, ...]]:
    for each in body["notices"]:
        yield (
            each["contract"],
            each["title"],
            _day(each["serve_by"]),
            each["days_left"],
            each["purpose"],
            _day(each["term_ends"]),
            each["renewal"],
        )


def _number(exact: str | None) -> Fraction | None:
    return Fraction(exact) if exact else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
