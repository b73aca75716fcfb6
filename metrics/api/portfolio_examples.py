"""Examples of portfolio files and plans for the OpenAPI document."""

FILE = """\
vendors:
  - {code: acme, name: Acme Analytics, country: IE, tier: strategic, owner: Dana Reyes}
"""
SECTIONS = {
    "vendors": [
        {
            "code": "acme",
            "name": "Acme Analytics",
            "country": "IE",
            "tier": "strategic",
            "owner": "Dana Reyes",
        }
    ]
}
PLAN = {
    "applied": False,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "changes": [
        {
            "action": "change",
            "kind": "vendor",
            "code": "acme",
            "fields": [{"field": "owner", "old": "Dana Reyes", "new": "Priya Nair"}],
        }
    ],
    "not_in_files": [],
    "counts": {"change": 1, "unchanged": 7},
}
