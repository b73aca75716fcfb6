"""The table of duties in the documentation is the one in force."""

import re

from contracts.models import User
from contracts.selectors.duties import Duty, duties_of_role
from tests.services import ROOT

_HEADS = {
    "administrator": User.Role.ADMINISTRATOR,
    "procurement": User.Role.PROCUREMENT,
    "operations": User.Role.OPERATIONS,
    "compliance officer": User.Role.COMPLIANCE,
    "analyst": User.Role.ANALYST,
    "vendor user": User.Role.VENDOR,
}


def documented() -> dict[str, set[str]]:
    """role → duties, as docs/pages.md says."""
    text = (ROOT / "docs/pages.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)
    ]
    heads = [_HEADS[name] for name in rows[0][1:]]
    told: dict[str, set[str]] = {role: set() for role in heads}
    for name, *cells in rows[2:]:
        for role, cell in zip(heads, cells, strict=True):
            if cell == "yes":
                told[role].add(name.replace(" ", "_"))
    return told


def test_the_documented_duties_are_the_ones_in_force():
    assert documented() == {role: set(duties_of_role(role)) for role in User.Role.values}


def test_every_duty_is_somebodys():
    assert set().union(*map(duties_of_role, User.Role.values)) == set(Duty)


def test_nobody_can_contest_and_decide():
    for role in User.Role.values:
        assert not {Duty.CONTEST, Duty.DECIDE} <= duties_of_role(role)
