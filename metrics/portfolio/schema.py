"""The JSON Schema of portfolio files, for editors that complete and check while typing."""

import json

from metrics.portfolio.shapes import PortfolioFile


def schema_text() -> str:
    """docs/schema/portfolio.schema.json, exactly as it is kept."""
    schema = PortfolioFile.model_json_schema(by_alias=True)
    written = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"
