"""Feed mappings: what a feed's columns mean, checked before use and applied to whole columns.

Imports without Django. `parse_mapping` reads the declared shape, `compile_mapping` checks it
against the KPIs there are, and `Mapper` turns batches of texts into typed rows.
"""

from .catalogue import KpiSpec, catalogue_of
from .compile import Compiled, compile_mapping
from .parse import parse_mapping
from .problems import MappingError, Problem
from .shape import Mapping

__all__ = [
    "Compiled",
    "KpiSpec",
    "Mapping",
    "MappingError",
    "Problem",
    "catalogue_of",
    "compile_mapping",
    "parse_mapping",
]
