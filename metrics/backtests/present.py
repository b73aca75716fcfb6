"""The terms of a contract as they are agreed today, as a file to propose others from."""

from typing import Any

from contracts.models import Contract
from metrics.backtests.overlaying import DATED, MEASURED
from metrics.credits.facts import governed_by
from metrics.models import Kpi
from metrics.portfolio.exporting.credits import credit_terms_stated
from metrics.portfolio.exporting.stated import kpi_stated
from metrics.portfolio.exporting.writing import sections_text

_JUDGED = ("code", *MEASURED, *DATED)
_HEAD = (
    "# What is agreed today. Change what you propose, and leave the rest or take it out.\n"
    "# A line without valid_from holds for the whole range.\n"
)


def present_terms(*, contract: Contract) -> str:
    """YAML with the credit terms of ``contract``, and the KPIs in use that it governs with how
    they are measured, their service levels and what their failures give."""
    kpis = Kpi.objects.filter(governed_by(contract), archived_at=None).order_by("code")
    sections: dict[str, list[dict[str, Any]]] = {}
    if terms := credit_terms_stated(contract):
        sections["contracts"] = [{"reference": contract.reference, "credits": terms}]
    sections["kpis"] = [_kpi(kpi) for kpi in kpis.select_related("contract", "process")]
    return _HEAD + sections_text(sections)


def _kpi(kpi: Kpi) -> dict[str, Any]:
    stated = kpi_stated(kpi)
    return {name: stated[name] for name in _JUDGED if name in stated}
