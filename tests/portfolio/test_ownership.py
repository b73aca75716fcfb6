"""Who manages an object, what leaves the files, and feeds that have deliveries."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts.models import Contract, Process, Vendor
from contracts.models.managed import ManagedBy
from metrics.models import Delivery, Feed, FeedKpi, Ingestion, Kpi
from metrics.portfolio import Action
from metrics.portfolio.reconcile.run import Run
from tests.portfolio.conftest import NOW, PORTFOLIO, Apply, with_change

pytestmark = pytest.mark.django_db

Said = Callable[..., list[str]]
FEEDLESS = PORTFOLIO.split("feeds:")[0]


def test_an_object_of_a_person_is_not_overwritten(said: Said) -> None:
    Vendor.objects.create(code="acme", name="Acme by hand")
    (found,) = said(PORTFOLIO)
    assert found == "2: vendor acme: a person manages this one: the files do not overwrite it"
    assert Vendor.objects.get().name == "Acme by hand"
    assert not Contract.objects.exists()


def test_without_the_guard_it_would_be_overwritten(
    apply_text: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    Vendor.objects.create(code="acme", name="Acme by hand")
    monkeypatch.setattr(Run, "may_change", lambda *_: True)
    apply_text(PORTFOLIO)
    assert Vendor.objects.get().name == "Acme Analytics"


def test_files_may_refer_to_what_a_person_manages(apply_text: Apply) -> None:
    Vendor.objects.create(code="acme", name="Acme by hand")
    without_vendor = PORTFOLIO.split("calendars:")[1]
    assert apply_text("calendars:" + without_vendor).applied


def test_what_a_person_changed_on_an_object_of_the_files_is_put_back(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    Vendor.objects.update(name="Changed by hand")
    (change,) = apply_text(PORTFOLIO).effective
    assert (change.fields[0].old, change.fields[0].new) == ("Changed by hand", "Acme Analytics")


def test_what_left_the_files_is_listed_and_left_alone(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    plan = apply_text(FEEDLESS)
    assert plan.effective == ()
    assert plan.not_in_files == (("feed", "decisions"),)
    assert Feed.objects.get().archived_at is None


def test_pruning_archives_what_left_the_files_and_never_deletes(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    Process.objects.create(code="by-hand", name="By hand", nature="volume")
    plan = apply_text("# nothing\n", prune=True)
    assert [(c.action, c.kind, c.code) for c in plan.effective] == [
        (Action.ARCHIVE, "feed", "decisions"),
        (Action.ARCHIVE, "KPI", "accuracy"),
        (Action.ARCHIVE, "KPI", "speed"),
        (Action.ARCHIVE, "process", "claims"),
        (Action.ARCHIVE, "contract", "AC-1"),
        (Action.ARCHIVE, "contract", "AC-MSA"),
        (Action.ARCHIVE, "calendar", "office"),
        (Action.ARCHIVE, "vendor", "acme"),
    ]
    assert Vendor.objects.get().archived_at == NOW
    assert Process.objects.get(code="by-hand").archived_at is None
    assert apply_text("# nothing\n", prune=True).effective == ()


def test_what_comes_back_into_the_files_comes_back_into_use(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    apply_text("# nothing\n", prune=True)
    plan = apply_text(PORTFOLIO, as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert {c.action for c in plan.effective} == {Action.CHANGE}
    assert {c.fields[0].field for c in plan.effective} == {"archived_at"}
    assert not Kpi.objects.exclude(archived_at=None).exists()


def test_what_is_used_by_the_files_is_not_archived(apply_text: Apply, said: Said) -> None:
    apply_text(PORTFOLIO)
    (found,) = said("calendars:" + PORTFOLIO.split("calendars:")[1], prune=True)
    assert "vendor 'acme' would be archived, as no file states it, and is used here" in found


def test_an_archived_object_is_not_referred_to(apply_text: Apply, said: Said) -> None:
    Vendor.objects.create(code="acme", name="Acme", archived_at=NOW)
    found = said("calendars:" + PORTFOLIO.split("calendars:")[1])
    assert all("vendor 'acme' is archived" in line for line in found)


def a_delivery(code: str) -> None:
    feed = Feed.objects.get(code=code)
    ingestion = Ingestion.objects.create(
        feed=feed,
        mapping=feed.mappings.get(),
        sha256="0" * 64,
        size=1,
        path="x",
        filename="x.csv",
        received_at=NOW,
    )
    Delivery.objects.create(ingestion=ingestion, filename="x.csv", received_at=NOW)


def test_a_changed_mapping_is_a_new_version(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    a_delivery("decisions")
    plan = apply_text(with_change(('upheld == "yes"', 'upheld == "ja"')))
    (change,) = plan.effective
    assert (change.action, change.code) == (Action.ADD_VERSION, "decisions mapping 2")
    assert [field.field for field in change.fields] == ["targets"]
    assert list(Feed.objects.get().mappings.values_list("version", flat=True)) == [1, 2]


def test_the_name_of_a_feed_is_no_new_mapping(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    (change,) = apply_text(with_change(("name: Decisions\n", "name: All decisions\n"))).effective
    assert change.action is Action.CHANGE


def test_items_keep_their_identity_once_there_are_deliveries(apply_text: Apply, said: Said) -> None:
    apply_text(PORTFOLIO)
    a_delivery("decisions")
    (found,) = said(with_change(("identity: [claim]", "identity: [claim, line]")))
    assert "identity is claim, not claim, line, and the feed has deliveries" in found


def test_items_may_get_another_identity_before_the_first_delivery(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    (change,) = apply_text(with_change(("identity: [claim]", "identity: [claim, line]"))).effective
    assert change.code == "decisions mapping 2"


def test_a_kpi_that_appears_later_is_reached_by_a_pattern(apply_text: Apply) -> None:
    pattern = ("{kpi: speed, value: hours}", '{kpi: "{team}-speed", value: hours}')
    revised = ("identity: [claim]", "identity: [claim, team]")
    renamed = ("code: speed", "code: north-speed")
    text = with_change(pattern, revised, renamed)
    apply_text(text)
    kpi = text.split("  - code: north-speed")[1].split("feeds:")[0]
    more = "kpis:\n  - code: south-speed" + kpi
    apply_text(text, more)
    reached = set(FeedKpi.objects.values_list("kpi__code", flat=True))
    assert reached == {"accuracy", "north-speed", "south-speed"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("vendor: acme\n    kind: statement", "vendor: other\n    kind: statement"),
            "the contract is with 'acme'",
        ),
        (
            ("currency: EUR\n    pricing: per_outcome", "currency: GBP\n    pricing: per_outcome"),
            "charges are kept in EUR",
        ),
    ],
)
def test_a_contract_stays_with_its_vendor_and_its_currency(
    change: tuple[str, str], message: str, apply_text: Apply, said: Said
) -> None:
    apply_text(PORTFOLIO)
    other = ("vendors:\n", "vendors:\n  - {code: other, name: Other}\n")
    found = said(with_change(other, change))
    assert any(message in line for line in found), found


def test_managed_by_is_stated_everywhere(apply_text: Apply) -> None:
    apply_text(PORTFOLIO)
    for model in (Vendor, Contract, Process, Kpi, Feed):
        assert set(model.objects.values_list("managed_by", flat=True)) == {ManagedBy.PORTFOLIO}
