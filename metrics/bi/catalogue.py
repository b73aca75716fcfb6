"""Every collection that programs read."""

from typing import Final

from kpotracker.toolkit.tabular.collection import Collection
from metrics.bi.deletions import deletions
from metrics.bi.dimensions import dim_contract, dim_kpi, dim_period, dim_vendor
from metrics.bi.facts import fact_breach, fact_result
from metrics.bi.flat import results, series

STAR: Final[tuple[Collection, ...]] = (
    dim_vendor,
    dim_contract,
    dim_kpi,
    dim_period,
    fact_result,
    fact_breach,
)
COLLECTIONS: Final[tuple[Collection, ...]] = (*STAR, results, series, deletions)
