"""Whose KPI it is: the vendor that owes it and the contract it is promised in."""

from rest_framework import serializers


def owing_vendor(kpi: str = "") -> serializers.CharField:
    """Code of the vendor that owes the KPI at the path ``kpi``, such as ``period.kpi.``."""
    return _code(
        f"{kpi}governing_contract.vendor.code",
        "Code of the vendor that owes it; null for work done in house.",
    )


def owing_contract(kpi: str = "") -> serializers.CharField:
    """Reference of the contract that the KPI at the path ``kpi`` is promised in."""
    return _code(
        f"{kpi}governing_contract.reference",
        "Reference of the contract it is promised in; null for work done in house.",
    )


def _code(source: str, told: str) -> serializers.CharField:
    return serializers.CharField(
        source=source, allow_null=True, default=None, read_only=True, help_text=told
    )
