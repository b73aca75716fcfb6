"""A default by repetition says so wherever its case or its figure is shown."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from contracts.models import User
from metrics.models import BreachCase
from metrics.selectors.wording_defaults import default_text, repeat_reason
from tests.api.world import a_program
from tests.evaluation.agreed import a_kpi_stated, a_portfolio, applied, head, say_months, settle
from tests.factories import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
WHY = "default by repetition: 4 of rolling 12, Jan, Mar, May, Jul 2024"
MISSES = ["2024-01-01", "2024-03-01", "2024-05-01", "2024-07-01"]


@pytest.fixture
def repeated(tmp_path: Path) -> BreachCase:
    applied(tmp_path, a_portfolio(a_kpi_stated({"default": "4 of rolling 12"})))
    say_months("EMEMEMEM")
    settle()
    return BreachCase.objects.get(period=head(7))


@pytest.mark.parametrize(
    "where", ["/breaches/{case}/", "/kpis/sla/2024-07-01/", "/contracts/AC-1/?period=2024-07"]
)
def test_pages_say_why(repeated: BreachCase, client: Client, where: str) -> None:
    client.force_login(a_user("anna", User.Role.OPERATIONS))
    page = client.get(where.format(case=repeated.pk), follow=True)
    assert page.status_code == 200
    assert WHY in page.content.decode()


@pytest.mark.parametrize("command", [["breaches"], ["explain", "sla", "2024-07"]])
def test_commands_say_why(repeated: BreachCase, command: list[str]) -> None:
    out = StringIO()
    call_command(*command, format="json", stdout=out)
    told = json.loads(out.getvalue())
    (found,) = told if isinstance(told, list) else [told]
    assert (found["default_cause"], found["default_of"]) == ("repetition", MISSES)


@pytest.mark.parametrize(
    "address", ["/api/v1/breaches/{case}", "/api/v1/scorecards/contracts/AC-1?period=2024-07"]
)
def test_the_api_says_why(repeated: BreachCase, address: str) -> None:
    told = a_program("read").get(address.format(case=repeated.pk)).json()
    found = told if "default_of" in told else told["families"][0]["kpis"][0]["figure"]
    assert (found["default_cause"], found["default_of"]) == ("repetition", MISSES)


@pytest.mark.parametrize(
    ("cause", "of", "rule", "every", "text"),
    [
        ("", [], "", "", ""),
        ("minimum", ["2024-01-01"], "2 of 4", "month", "the service level was failed"),
        (
            "repetition",
            ["2023-12-01", "2024-01-01"],
            "2 of 4",
            "month",
            "default by repetition: 2 of 4, Dec 2023, Jan 2024",
        ),
        (
            "repetition",
            ["2024-01-01", "2024-04-01"],
            "2 consecutive",
            "quarter",
            "default by repetition: 2 consecutive, 1 Jan 2024, 1 Apr 2024",
        ),
    ],
)
def test_the_words(cause: str, of: list[str], rule: str, every: str, text: str) -> None:
    assert default_text(cause, of, rule, every) == text


def test_the_reason_of_a_step_counts_the_misses() -> None:
    days = ["2024-01-01", "2024-02-01", "2024-03-01"]
    said = repeat_reason(days, "3 consecutive", "month")
    assert said == "3rd miss of the expected level in a row: Jan, Feb, Mar 2024"
    weeks = [f"2024-01-{day:02}" for day in range(1, 12)]
    assert repeat_reason(weeks, "11 of 12", "week").startswith("11th miss of the expected level in")
