"""Slips of the pen in tests/portfolio/conftest.PORTFOLIO, and what is said about each.

A row is one or more (text, what is written instead), and parts of the lines that are expected.
"""

from typing import Any

SLIPS: dict[str, tuple[Any, ...]] = {
    # shape
    "a section that does not exist": (
        ("vendors:", "vendor:"),
        [
            "1: 'vendor' is not a section of a portfolio",
            "13: contract AC-MSA, vendor: vendor 'acme' is neither",
        ],
    ),
    "a key that is nearly known": (
        ("tier: strategic", "teir: strategic"),
        ["2: vendor acme, teir: 'teir' is not a known key here"],
    ),
    "a key below a key": (
        ("{kind: auto, months: 12", "{kind: auto, month: 12"),
        ["29: contract AC-1, renewal, month: 'month' is not a known key here"],
    ),
    "a missing key": (
        ("code: accuracy\n", "code: accuracy\n    x-unit: a\n"),
        ["40: KPI accuracy, x-unit: 'x-unit' is not a known key here"],
    ),
    "a yes/no value as text": (("owner: Dana", "owner: true"), ["True is a yes/no value"]),
    "a wrong choice": (
        ("tier: strategic", "tier: strategical"),
        ["2: vendor acme, tier: 'strategical' is not a choice here"],
    ),
    "a number as text": (("expected: 4\n", 'expected: "4"\n'), ["'4' is not a number"]),
    "a number out of range": (("decimals: 2", "decimals: 11"), ["decimals: 11 is out of range"]),
    "too many decimals": (
        ("expected: 4\n", "expected: 4.12345678901\n"),
        ["4.12345678901 has too many digits"],
    ),
    "a day that is not in the calendar": (
        ("last_day: 2027-09-30", "last_day: 2027-09-31"),
        ["28: contracts 2, last_day: 2027-09-31 is not a day of the calendar"],
    ),
    "a day before all records": (
        ("last_day: 2027-09-30", "last_day: 0001-01-01"),
        ["28: contracts 2, last_day: 0001-01-01 is not within 1900 to 2200"],
    ),
    "the last of all days as an open end": (
        ("last_day: 2027-09-30", "last_day: 9999-12-31"),
        ["28: contracts 2, last_day: 9999-12-31 is not within 1900 to 2200"],
    ),
    "a bad code": (("code: acme", "code: ac me"), ["'ac me' is not a code"]),
    "a currency nobody has": (
        ("currency: EUR", "currency: EURO"),
        ["contract AC-MSA, currency: 'EURO' is not a currency"],
    ),
    "a zone nobody lives in": (
        ("zone: Europe/Dublin", "zone: Europe/Dublim"),
        ["calendar office, zone: 'Europe/Dublim' is not a time zone"],
    ),
    "a country in lower case": (("country: IE,", "country: ie,"), ["'ie' is not a country code"]),
    "a month that is a day": (("from: 2024-10,", "from: 2024-13,"), ["'2024-13' is not a month"]),
    "hours that run backwards": (
        ('"09:00-17:30"', '"17:30-09:00"'),
        ["'17:30-09:00' ends before it begins"],
    ),
    "hours that overlap": (('"14:00-18:00"', '"12:00-18:00"'), ["tue has overlapping hours"]),
    "a closed day that never comes": (('"*-12-24"', '"*-02-30"'), ["*-02-30 is not a day"]),
    "holidays without years": (
        ("    years: [2024, 2025]\n", ""),
        ["country_holidays and years belong together"],
    ),
    "holidays nobody wrote down": (
        ("country_holidays: IE", "country_holidays: QZ"),
        ["the public holidays of QZ are not known"],
    ),
    "an end before the beginning": (
        ("last_day: 2027-09-30", "last_day: 2024-09-30"),
        ["last_day 2024-09-30 lies before first_day 2024-10-01"],
    ),
    "a section that is no list": (
        ("processes:\n  - {", "processes:\n  {"),
        ["36: processes: a section is a list", "'claims' is neither", "'claims' is neither"],
    ),
    # references
    "a vendor that is not there": (
        ("vendor: acme\n    kind: statement", "vendor: acne\n    kind: statement"),
        ["21: contract AC-1, vendor: vendor 'acne' is neither in the files nor in the database"],
    ),
    "a calendar that is not there": (
        ("calendar: office", "calendar: offices"),
        ["KPI speed, calendar: calendar 'offices' is neither"],
    ),
    "a contract that is its own parent": (
        ("    first_day: 2024-01-01\n", "    first_day: 2024-01-01\n    parent: AC-1\n"),
        ["AC-MSA → AC-1 → AC-MSA", "AC-1 → AC-MSA → AC-1"],
    ),
    "a charge for a process of another contract": (
        ("nature: knowledge, contract: AC-1", "nature: knowledge, contract: AC-MSA"),
        ["contract AC-1, charges 2, process: process 'claims' belongs to contract 'AC-MSA'"],
    ),
    "a KPI of a process of an unrelated contract": (
        ("    parent: AC-MSA\n", ""),
        (
            "{code: claims, name: Claims, nature: knowledge, contract: AC-1}",
            "{code: claims, name: Claims, nature: knowledge, contract: AC-MSA}",
        ),
        ["KPI accuracy, contract: process 'claims' belongs to contract 'AC-MSA'"],
    ),
    "an amendment the contract does not have": (
        ("{valid_from: 2025-10-01, amendment: 1", "{valid_from: 2025-10-01, amendment: 2"),
        ["KPI accuracy, service_levels 2, amendment: the contract has no amendment 2"],
    ),
    "a line before its amendment": (
        ("effective: 2025-10-01", "effective: 2025-11-01"),
        ["the line begins 2025-10-01, amendment 1 takes effect 2025-11-01"],
    ),
    "an amendment numbered twice": (
        (
            "    amendments:\n",
            "    amendments:\n      - {number: 1, title: Again, effective: 2025-10-01}\n",
        ),
        ["amendment 1 stands here twice"],
    ),
    # charges
    "an amount with too many decimals": (
        ("amount: 42000.10", "amount: 42000.105"),
        ["42000.105 has more decimals than EUR, which has 2"],
    ),
    "an amount nobody can pay": (
        ("amount: 42000.10", "amount: 99999999999999999999"),
        ["is more than can be kept"],
    ),
    "a month charged twice": (
        (
            "from: 2024-10, through: 2024-10, amount: 5, process: claims",
            "from: 2024-11, through: 2025-10, amount: 5",
        ),
        ["2024-11 has a charge already in line 1"],
    ),
    "a charge before the contract": (
        ("{from: 2024-10, through: 2024-12", "{from: 2024-09, through: 2024-12"),
        ["2024-09 lies before"],
    ),
    # measures
    "a measure that does not exist": (
        ("measure: ratio", "measure: rate"),
        ["KPI accuracy, measure: measure 'rate' not a known choice"],
    ),
    "a unit the measure does not have": (
        ("unit: percent", "unit: per cent"),
        ["KPI accuracy, unit: unit 'per cent' not a known choice"],
    ),
    "a parameter the measure does not take": (
        ("measure: ratio\n", "measure: ratio\n    parameters: {limit: 4}\n"),
        ["KPI accuracy, parameters: parameter 'limit' not a known choice"],
    ),
    "a parameter that is missing": (
        ("measure: mean", "measure: percentile"),
        ["KPI speed, parameters: p is required"] * 2,
    ),
    "a line of definition before the first": (
        ("valid_from: 2026-01-15, amendment: 1", "valid_from: 2024-10-01"),
        ["valid_from 2024-10-01 is not after 2024-10-01"],
    ),
    "an anchor on days": (
        ("{every: quarter, anchor: 2024-10-15}", "{every: day, anchor: 2024-10-15}"),
        ["a day has no anchor"],
    ),
    # service levels
    "a minimum better than expected": (
        ("minimum: 90.0", "minimum: 97"),
        ["service_levels 1, minimum: minimum 97 is better than expected 95"],
    ),
    "a minimum that is the expected level": (
        ("minimum: 90.0", "minimum: 95.00"),
        ["minimum 95.00 equals the expected level"],
    ),
    "an operator against the direction": (
        ("direction: higher", "direction: lower"),
        ["operator >= does not fit direction 'lower'"] * 2,
    ),
    "a share above the whole": (
        ("expected: 95", "expected: 950"),
        ["expected 950 is out of range"],
    ),
    "a level without a number": (
        ("expected: 95, minimum: 90.0", "weight: 60, kind: key #"),
        ["not valid YAML"],
    ),
    "a level that expects nothing": (
        (", expected: 95, minimum: 90.0", ""),
        ["service_levels 1: 'expected' is missing"],
    ),
    "bands with a hole": (
        ("{name: slow, lower: 4,", "{name: slow, lower: 5,"),
        ["bands: band slow leaves a hole or overlaps the band before it"],
    ),
    "a percentage written as a fraction": (
        ("expected: 95, minimum: 90.0", "expected: 0.95, minimum: 0.9"),
        ["expected 0.95 is less than one percent"],
    ),
    "a best band with an end": (
        ("{name: good, upper: 4}", "{name: good, lower: 0, upper: 4}"),
        ["the best band must be open"],
    ),
    "two levels on one day": (
        ("{valid_from: 2025-10-01, amendment: 1, operator", "{valid_from: 2024-10-01, operator"),
        ["two service levels begin on 2024-10-01"],
    ),
    "a linear score with nowhere to end": (
        ("        expected: 4\n", "        expected: 4\n        attainment: linear\n"),
        ["attainment linear has nowhere to end"],
    ),
    "edges for a level that has none": (
        (", minimum: 90.0", ", lower: 90.0"),
        ["52: KPI accuracy, service_levels 1, lower: 'lower' belongs to operator within"],
    ),
    "a new unit with old levels": (
        ("amendment: 1, period: month, calendar: }", "amendment: 1, unit: days }"),
        ["the unit becomes days, the service level stays in hours"],
    ),
    # feeds
    "a target for a KPI nobody has": (
        ("kpi: speed,", "kpi: sped,"),
        ["targets 2, kpi: 'sped' no such KPI"],
    ),
    "a role the measure does not have": (
        ("{kpi: speed, value: hours}", "{kpi: speed, good: hours}"),
        ["KPI 'speed' has no role of this name"],
    ),
    "an expression that does not parse": (
        ("'upheld == \"yes\"'", "'upheld = \"yes\"'"),
        ["targets 1, good: 'upheld = \"yes\"' '=' at character 8: compare with =="],
    ),
    "a feed without the KPI's time": (
        ("times: {finished:", "times: {started:"),
        ["which times: does not declare"] * 2,
    ),
    "a mapping key that is nearly known": (
        ("identity: [claim]", "identities: [claim]"),
        ["feed decisions, identities: 'identities' is not a known key here"],
    ),
    "training series nobody delivers": (
        ("measure: mean\n", "measure: mean\n    parameters: {training: series}\n"),
        ["feed 'series' is neither in the files nor in the database"],
    ),
}
