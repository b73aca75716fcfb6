"""Checking a mapping against the KPIs there are, before the first row is read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .catalogue import Catalogue, KpiSpec
from .problems import MappingError, Problem, nearest
from .shape import KpiTemplate, Mapping, Target


@dataclass(frozen=True)
class Compiled:
    """A mapping that fits its catalogue; the only thing rows are mapped with."""

    mapping: Mapping
    catalogue: Catalogue


def compile_mapping(mapping: Mapping, catalogue: Catalogue) -> Compiled:
    """`mapping` bound to `catalogue`.

    Raises MappingError with every unknown KPI, wrong role, missing time and unrevised moving KPI.
    """
    problems: list[Problem] = []
    for index, target in enumerate(mapping.targets):
        problems += _target_problems(mapping, target, catalogue, f"targets[{index}]")
    problems += _varying_problems(mapping)
    if problems:
        raise MappingError(problems)
    return Compiled(mapping, catalogue)


def given_roles(target: Target) -> frozenset[str]:
    return frozenset(target.roles) | frozenset(target.times)


def _target_problems(
    mapping: Mapping, target: Target, catalogue: Catalogue, path: str
) -> list[Problem]:
    template = target.kpi
    if template.fixed:
        if template.text not in catalogue:
            hint = nearest(template.text, catalogue)
            return [Problem(f"{path}.kpi", template.text, "no such KPI", hint)]
        return _kpi_problems(mapping, target, catalogue[template.text], template.text, path)
    codes = candidates(template, catalogue)
    if not codes:
        hint = nearest(template.text, catalogue)
        return [Problem(f"{path}.kpi", template.text, "matches no KPI", hint)]
    found = {code: _kpi_problems(mapping, target, catalogue[code], code, path) for code in codes}
    if template.codes is None and any(not problems for problems in found.values()):
        # a bare template may also match codes of other feeds: rows that lead there are refused
        return []
    return [problem for problems in found.values() for problem in problems]


def candidates(template: KpiTemplate, codes: Iterable[str]) -> list[str]:
    """Those of the codes that the template can lead to."""
    word = ".+"
    if template.codes is not None:
        word = "(?:" + "|".join(re.escape(code) for code in template.codes.values()) + ")"
    pattern = re.compile(word.join(re.escape(literal) for literal in template.literals))
    return [code for code in codes if pattern.fullmatch(code)]


def _kpi_problems(
    mapping: Mapping, target: Target, kpi: KpiSpec, code: str, path: str
) -> list[Problem]:
    problems = []
    given = given_roles(target)
    unknown = sorted(given - frozenset(kpi.roles))
    for role in unknown:
        rule = f"KPI {code!r} has no role of this name"
        problems.append(Problem(f"{path}.{role}", "", rule, nearest(role, kpi.roles)))
    if not unknown and not kpi.accepts(given):
        wanted = " or ".join(", ".join(sorted(c)) or "no roles" for c in kpi.alternatives)
        rule = f"KPI {code!r} needs {wanted}, and has {', '.join(sorted(given)) or 'none'}"
        problems.append(Problem(path, "", rule, "give exactly these roles"))
    problems += _clashes(given, kpi, code, path)
    if kpi.time not in mapping.times:
        rule = f"KPI {code!r} goes by the time {kpi.time!r}, which times: does not declare"
        problems.append(Problem("times", "", rule, f"add {kpi.time}: {{column: …}}"))
    return problems


def _clashes(given: frozenset[str], kpi: KpiSpec, code: str, path: str) -> list[Problem]:
    """Roles that would be stored in one place, such as weight beside from and to."""
    stored: dict[str, list[str]] = {}
    for role in sorted(given & frozenset(kpi.roles)):
        stored.setdefault(kpi.roles[role], []).append(role)
    return [
        Problem(path, "", f"KPI {code!r} cannot take {' and '.join(roles)} at once", "give one")
        for roles in stored.values()
        if len(roles) > 1
    ]


def fits(mapping: Mapping, target: Target, kpi: KpiSpec) -> bool:
    """Whether rows of `target` may lead to `kpi`."""
    return not _kpi_problems(mapping, target, kpi, "", "")


def _varying_problems(mapping: Mapping) -> list[Problem]:
    if mapping.revision_mode == "column":
        return []
    return [
        Problem(
            "revision",
            mapping.revision_mode,
            f"column {column!r} picks the KPI and is not part of the identity, so that an item can"
            " move to another KPI",
            f"declare a revision column, or add {column!r} to identity",
        )
        for column in mapping.varying_columns
    ]
