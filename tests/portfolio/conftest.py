"""A small portfolio that is right, and ways to apply it with something changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from metrics.portfolio import Plan, PortfolioError, apply

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
PORTFOLIO = """\
vendors:
  - {code: acme, name: Acme Analytics, country: IE, tier: strategic, owner: Dana}
calendars:
  - code: office
    zone: Europe/Dublin
    weekdays: {mon: ["09:00-17:30"], tue: ["09:00-13:00", "14:00-18:00"]}
    country_holidays: IE
    years: [2024, 2025]
    holidays: ["*-12-24"]
contracts:
  - reference: AC-MSA
    title: Master agreement
    vendor: acme
    kind: master_agreement
    zone: Europe/Dublin
    currency: EUR
    pricing: fixed_fee
    first_day: 2024-01-01
  - reference: AC-1
    title: Claims review
    vendor: acme
    kind: statement_of_work
    parent: AC-MSA
    zone: Europe/Dublin
    currency: EUR
    pricing: per_outcome
    first_day: 2024-10-01
    last_day: 2027-09-30
    renewal: {kind: auto, months: 12, limit: 2}
    notice: {length: 3, unit: months}
    charges:
      - {from: 2024-10, through: 2024-12, amount: 42000.10}
      - {from: 2024-10, through: 2024-10, amount: 5, process: claims}
    amendments:
      - {number: 1, title: Higher accuracy, signed: 2025-09-12, effective: 2025-10-01}
processes:
  - {code: claims, name: Claims, nature: knowledge, contract: AC-1}
kpis:
  - code: accuracy
    name: Decisions upheld
    contract: AC-1
    process: claims
    family: outcome
    direction: higher
    clause: 2.10
    time: finished
    decimals: 0
    measure: ratio
    unit: percent
    period: month
    service_levels:
      - {valid_from: 2024-10-01, operator: ">=", expected: 95, minimum: 90.0, weight: 60, kind: critical}
      - {valid_from: 2025-10-01, amendment: 1, operator: ">=", expected: 96, minimum: 91, weight: 60}
  - code: speed
    name: Hours to decide
    contract: AC-1
    family: throughput
    direction: lower
    time: finished
    decimals: 2
    measure: mean
    unit: hours
    period: {every: quarter, anchor: 2024-10-15}
    calendar: office
    definitions:
      - {valid_from: 2026-01-15, amendment: 1, period: month, calendar: }
    service_levels:
      - valid_from: 2024-10-01
        operator: "<="
        expected: 4
        bands:
          - {name: good, upper: 4}
          - {name: slow, lower: 4, upper: 6.5}
          - {name: bad, lower: 6.5}
feeds:
  - code: decisions
    name: Decisions
    vendor: acme
    zone: UTC
    identity: [claim]
    times: {finished: {column: decided, format: "%d/%m/%Y"}}
    targets:
      - {kpi: accuracy, good: 'upheld == "yes"', valid: 1}
      - {kpi: speed, value: hours}
"""

Apply = Callable[..., Plan]


@pytest.fixture
def apply_text(tmp_path: Path) -> Apply:
    """Apply a text as the file a.yaml, or several as a.yaml, b.yaml ..."""

    def applied(*texts: str, **options: Any) -> Plan:
        for name, text in zip("abcdefgh", texts, strict=False):
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return apply(paths=[tmp_path], **{"as_of": NOW} | options)

    return applied


@pytest.fixture
def said(apply_text: Apply) -> Callable[..., list[str]]:
    """The problems of applying, as ``line: where: message``, without the file."""

    def problems(*texts: str, **options: Any) -> list[str]:
        with pytest.raises(PortfolioError) as caught:
            apply_text(*texts, **options)
        return [str(found).removeprefix(f"{found.file}:") for found in caught.value.problems]

    return problems


def with_change(*pairs: tuple[str, str]) -> str:
    """The portfolio with texts replaced; each must be there."""
    text = PORTFOLIO
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
