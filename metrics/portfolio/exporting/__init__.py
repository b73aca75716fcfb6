"""What the database has as a portfolio file: read in again, it changes nothing."""

from metrics.portfolio.exporting.exported import Exported, LeftOut, Managers, export
from metrics.portfolio.exporting.writing import json_text, yaml_text

__all__ = ["Exported", "LeftOut", "Managers", "export", "json_text", "yaml_text"]
