import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from metrics.models import KpiPeriod
from tests.factories import a_contract, a_delivery, a_feed, a_figure, a_kpi, a_revision, a_vendor

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture
def figure() -> KpiPeriod:
    vendor = a_vendor("acme")
    kpi = a_kpi(a_contract(vendor, "AC-1"), "accuracy", level={"minimum": "90"})
    a_delivery(a_feed(vendor, "forecasts"), "march.csv", accepted=1)
    return a_figure(kpi, MARCH, "89", "BELOW_MINIMUM")


def explained(*args: str) -> str:
    out = StringIO()
    call_command("explain", *args, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("figure")
class TestExplain:
    def test_it_says_the_words_of_the_pages(self):
        said = explained("accuracy", "2026-03")

        assert "minimum missed" in said
        assert "BELOW_MINIMUM" not in said
        assert "Service level: ≥ 95" in said

    def test_programs_read_code_and_word(self):
        found = json.loads(explained("accuracy", "2026-03", "--format", "json"))

        assert (found["status"], found["status_text"]) == ("BELOW_MINIMUM", "Minimum missed")
        assert (found["value"], found["value_exact"]) == (89, "89")

    def test_an_earlier_revision_is_explained_by_its_number(self, figure):
        a_revision(figure, "96", "MET")

        newest, first = (
            json.loads(explained("accuracy", "2026-03", "--format", "json", *revision))["value"]
            for revision in ((), ("--revision", "1"))
        )

        assert (newest, first) == (96, 89)

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (("accuracy", "2026-04"), "no figure for '2026-04': it has 2026-03 to 2026-03"),
            (("acuracy", "2026-03"), "did you mean accuracy"),
            (("accuracy", "2026-03", "--revision", "7"), "no revision 7: it has 1 to 1"),
        ],
    )
    def test_what_is_not_there_is_named(self, args, said):
        with pytest.raises(CommandError, match=said):
            explained(*args)
