"""A contract with credits from a portfolio file, its figures from a feed, and its ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.models import Contract
from metrics.credits.following import credits_follow
from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.feeds.running import ingestion_run
from metrics.models import CreditEntry, CreditLedger, Feed, KpiPeriod
from metrics.portfolio import apply
from tests.feeds.arriving import deliver

NOW = datetime(2027, 4, 20, 9, 0, tzinfo=UTC)
GRACE = timedelta(days=10)

_HEAD = """\
vendors:
  - {code: acme, name: Acme, owner: Dana}
contracts:
  - reference: AC-1
    title: Work
    vendor: acme
    kind: statement_of_work
    zone: UTC
    currency: USD
    pricing: fixed_fee
    first_day: 2026-01-01
    last_day: 2027-12-31
"""
_KPI = """\
  - code: {code}
    name: {code}
    contract: AC-1
    family: outcome
    direction: {direction}
    time: finished
    decimals: 4
    measure: {measure}
    unit: points
    period: month
    last_day: {last}
    service_levels:
      - {{valid_from: 2026-01-01, kind: critical, operator: "{operator}", expected: {target}}}
    credit: {credit}
"""
_FEED = """\
  - code: feed-{code}
    name: Figures of {code}
    vendor: acme
    zone: UTC
    identity: [id]
    revision: by_delivery
    times: {{finished: {{column: day, format: "%Y-%m-%d"}}}}
    targets: [{{kpi: {code}, value: figure}}]
"""


@dataclass
class Promise:
    """A KPI whose months come to ``months``, in order from January 2026 on; None: nothing came."""

    months: Sequence[str | None]
    target: str
    credit: str
    operator: str = ">="
    measure: str = "mean"


@dataclass
class World:
    """A contract with its KPIs by code, applied and delivered."""

    folder: Path
    promises: Mapping[str, Promise]
    terms: str = "{}"
    charge: str | None = None
    more: str = ""
    sent: int = field(default=0)

    def begin(self, as_of: datetime = NOW) -> World:
        """Everything arrives long enough before ``as_of`` for its grace to be over then."""
        early = as_of - GRACE
        self.state(early)
        for code, promise in self.promises.items():
            self.deliver(code, promise.months, early)
        sweep(as_of=early)
        return self.follow(as_of)

    def text(self) -> str:
        charges = (
            f"    charges: [{{from: 2026-01, through: 2027-12, amount: {self.charge}}}]\n"
            if self.charge
            else ""
        )
        kpis = "".join(self._kpi(code, each) for code, each in self.promises.items())
        feeds = "".join(_FEED.format(code=code) for code in self.promises)
        head = f"{_HEAD}    credits: {self.terms}\n{charges}{self.more}"
        return f"{head}kpis:\n{kpis}feeds:\n{feeds}"

    def _kpi(self, code: str, each: Promise) -> str:
        year, month = divmod(len(each.months) - 1, 12)
        day = 28 if month == 1 else 30 if month in (3, 5, 8, 10) else 31
        return _KPI.format(
            code=code,
            credit=each.credit,
            target=each.target,
            operator=each.operator,
            measure=each.measure,
            direction="higher" if each.operator[0] == ">" else "lower",
            last=f"{2026 + year}-{month + 1:02}-{day}",
        )

    def state(self, as_of: datetime = NOW) -> None:
        """Apply the portfolio file as it is now."""
        file = self.folder / "portfolio.yaml"
        file.write_text(self.text(), encoding="utf-8")
        apply(paths=[file], as_of=as_of)

    def deliver(self, code: str, months: Sequence[str | None], as_of: datetime = NOW) -> None:
        rows = [
            f"{n},{2026 + n // 12}-{n % 12 + 1:02}-15,{figure}"
            for n, figure in enumerate(months)
            if figure is not None
        ]
        self.sent += 1
        feed = Feed.objects.get(code=f"feed-{code}")
        delivery = deliver(
            feed, "\n".join(["id,day,figure", *rows]) + "\n", at=as_of, filename=f"{self.sent}.csv"
        )
        ingestion_run(ingestion_id=delivery.ingestion_id)

    def follow(self, as_of: datetime = NOW) -> World:
        sweep(as_of=as_of)
        credits_follow(as_of)
        return self

    def restate(self, code: str, months: Sequence[str | None], as_of: datetime = NOW) -> None:
        """Have later rows count: every final month whose figure moved is restated."""
        self.deliver(code, months, as_of)
        sweep(as_of=as_of)
        for head in KpiPeriod.objects.filter(kpi__code=code, has_late_rows=True):
            result_restate(period=head, reason="late rows", approved_by="Dana", as_of=as_of)
        self.follow(as_of)

    def head(self, code: str, label: str) -> KpiPeriod:
        return KpiPeriod.objects.get(kpi__code=code, label=label)

    @property
    def contract(self) -> Contract:
        return Contract.objects.get(reference="AC-1")

    @property
    def waiting(self) -> list[dict[str, Any]]:
        return CreditLedger.objects.get(contract=self.contract).waiting


def entries() -> list[CreditEntry]:
    return list(CreditEntry.objects.order_by("id"))


def amounts() -> list[str]:
    """Every posting in order, in major units."""
    return [f"{entry.amount_minor / 100:.2f}" for entry in entries()]
