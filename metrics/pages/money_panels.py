"""What the pages of a case and of a contract show of credits and letters."""

from typing import Any

from contracts.models import Contract
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from metrics.credits.portfolio import totals_of
from metrics.models import BreachCase, Kpi
from metrics.pages.credit_rows import entry_rows
from metrics.scorecards.crediting import AgreedLine, rule_lines
from metrics.selectors import scope as scoped
from metrics.selectors.credits import amounts_by_currency, entries_list, rules_of_kpi
from metrics.selectors.wording_money import credit_word


def case_money(case: BreachCase, scope: Scope) -> dict[str, Any]:
    """The credit of this failure, and the letters about it: three queries."""
    entries = entries_list(scope=scope).filter(kpi_period=case.period_id)
    letters = scoped.letters(scope).filter(case=case).select_related("contract__vendor")
    return {
        "credit_rows": entry_rows(entries, scope, _reference(case)),
        "letters": list(letters.order_by("-id")),
        "may_write_letters": scope.is_internal
        and scope.may(Duty.CASES)
        and case.period.kpi.governing_contract is not None,
    }


def kpi_credit_lines(kpi: Kpi, unit: str) -> list[AgreedLine]:
    """What is agreed about credits of a KPI, newest first; nothing where it belongs to no
    contract."""
    contract = kpi.governing_contract
    return rule_lines(rules_of_kpi(kpi.pk), unit, contract) if contract else []


def _reference(case: BreachCase) -> str | None:
    contract = case.period.kpi.governing_contract
    return contract.reference if contract else None


def contract_money(contract: Contract, scope: Scope) -> dict[str, Any]:
    """What the credits of a contract come to in each state: one query."""
    entries = list(entries_list(scope=scope, contract=contract.reference))
    by_state: dict[str, list[Any]] = {}
    for entry in entries:
        by_state.setdefault(str(entry.state), []).append(entry)  # type: ignore[attr-defined]
    return {
        "credit_states": [
            (credit_word(state), totals_of(amounts_by_currency(found), day=contract.first_day))
            for state, found in by_state.items()
        ]
    }
