"""How a collection is read by the tools people have: ready to paste, filters included."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Snippet:
    """``tool``: whom it is for; ``name``: for anchors; ``hint``: where it goes."""

    tool: str
    name: str
    hint: str
    code: str


def snippets(site: str, collection: str, query: Mapping[str, str]) -> list[Snippet]:
    """The collection at ``site`` (without a slash at its end), narrowed by ``query``."""
    stated = f"?{urlencode(query, safe=',')}" if query else ""
    return [
        Snippet(
            "curl",
            "curl",
            "The key is in the environment as KPO_KEY.",
            _CURL.format(site=site, collection=collection, stated=stated),
        ),
        Snippet(
            "Excel and Power BI",
            "powerquery",
            "Power Query: New source, Blank query, Advanced editor. Credentials: Basic, with the "
            "key's first twelve characters as user and the key as password.",
            _POWER_QUERY.format(site=site, collection=collection, query=_members_m(query)),
        ),
        Snippet(
            "pandas",
            "pandas",
            "The key is in the environment as KPO_KEY.",
            _PANDAS.format(site=site, collection=collection, stated=stated),
        ),
        Snippet(
            "DuckDB",
            "duckdb",
            "With the httpfs extension; put your key in.",
            _DUCKDB.format(site=site, collection=collection, stated=stated),
        ),
        Snippet(
            "dlt",
            "dlt",
            "Loads what changed since the run before, and replaces rows by id.",
            _DLT.format(site=site, collection=collection, query=_members_python(query)),
        ),
    ]


def _members_m(query: Mapping[str, str]) -> str:
    """``query`` behind the members of a record in M; its names are quoted, as `from` is a word."""
    quoted = {name: value.replace('"', '""') for name, value in query.items()}
    return "".join(f', #"{name}" = "{value}"' for name, value in quoted.items())


def _members_python(query: Mapping[str, str]) -> str:
    """``query`` behind the members of a dictionary."""
    return "".join(f", {_python(name)}: {_python(value)}" for name, value in query.items())


def _python(text: str) -> str:
    """``text`` as a literal in double quotes; JSON escapes quotes and backslashes as Python does."""
    return json.dumps(text, ensure_ascii=False)


_CURL = """\
curl -H "X-Api-Key: $KPO_KEY" "{site}/api/v1/{collection}.csv{stated}"
"""
_POWER_QUERY = """\
let
    Page = (cursor) => Json.Document(Web.Contents("{site}", [
        RelativePath = "api/v1/{collection}",
        Query = [limit = "5000"{query}] & (if cursor = null then [] else [cursor = cursor])
    ])),
    Pages = List.Generate(
        () => Page(null),
        each _ <> null,
        each if [next_cursor] = null then null else Page([next_cursor])
    ),
    Rows = List.Combine(List.Transform(Pages, each [results])),
    Table = Table.FromRecords(Rows, null, MissingField.UseNull)
in
    Table
"""
_PANDAS = """\
import os

import pandas as pd

rows = pd.read_parquet(
    "{site}/api/v1/{collection}.parquet{stated}",
    storage_options={{"X-Api-Key": os.environ["KPO_KEY"]}},
)
"""
_DUCKDB = """\
CREATE SECRET kpotracker (TYPE http, EXTRA_HTTP_HEADERS MAP {{'X-Api-Key': 'YOUR KEY'}});
SELECT * FROM read_parquet('{site}/api/v1/{collection}.parquet{stated}');
"""
_DLT = """\
import os

import dlt
from dlt.sources.rest_api import rest_api_source

source = rest_api_source({{
    "client": {{
        "base_url": "{site}/api/v1/",
        "auth": {{
            "type": "api_key",
            "name": "X-Api-Key",
            "api_key": os.environ["KPO_KEY"],
            "location": "header",
        }},
        "paginator": {{"type": "header_link"}},
    }},
    "resource_defaults": {{"primary_key": "id", "write_disposition": "merge"}},
    "resources": [
        {{
            "name": "{collection}",
            "endpoint": {{
                "path": "{collection}",
                "params": {{"limit": 5000, "updated_since": "{{incremental.start_value}}"{query}}},
                "incremental": {{"cursor_path": "updated_at", "initial_value": "1970-01-01T00:00:00Z"}},
                "data_selector": "results",
            }},
        }}
    ],
}})
dlt.pipeline("kpotracker", destination="duckdb", dataset_name="kpi").run(source)
"""
