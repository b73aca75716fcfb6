from datetime import date

import pytest
from django.core.exceptions import ValidationError

from contracts.models import AuditEvent
from contracts.selectors.scope import visible_to
from metrics.reviews.actions import (
    action_agree,
    action_change,
    action_close,
    action_reopen,
    may_close,
)
from metrics.reviews.lists import actions_list, carried_over, own_actions, reviews_list
from metrics.reviews.meetings import (
    decision_write,
    note_write,
    review_call_off,
    review_change,
    review_hold,
)
from metrics.selectors import scope as scoped
from tests.factories import a_contract, a_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 22)


def agreed(world, review, **fields):
    given = {
        "text": "Retrain the model",
        "side": "vendor",
        "owner": world.vera,
        "due_on": date(2026, 5, 15),
        "agreed_on": date(2026, 4, 21),
    }
    return action_agree(review=review, **given | fields)


class TestPlanning:
    def test_a_review_is_planned_with_the_trail_telling_of_it(self, world):
        review = world.review(contracts=[world.contract])

        told = AuditEvent.objects.get(subject=f"metrics.review:{review.pk}")
        assert (told.action, told.vendor_id) == ("planned", world.acme.pk)
        assert list(review.contracts.all()) == [world.contract]

    def test_a_contract_of_another_vendor_is_refused(self, world):
        foreign = a_contract(world.other, "BO-9")

        with pytest.raises(ValidationError, match="BO-9: not a contract of Acme"):
            world.review(contracts=[foreign])

    def test_a_vendors_person_does_not_chair(self, world):
        with pytest.raises(ValidationError, match="chaired by one of us"):
            world.review(chair=world.vera)

    def test_what_is_refused_changes_nothing(self, world):
        review = world.review()

        with pytest.raises(ValidationError):
            review_change(review=review, contracts=[], chair=world.vera)

        review.refresh_from_db()
        assert review.chair == world.paula

    def test_it_is_not_held_before_its_day(self, world):
        with pytest.raises(ValidationError, match="has not come yet"):
            review_hold(review=world.review(), held_on=date(2026, 4, 23), attendees="", today=TODAY)

    def test_what_was_held_is_not_called_off(self, world):
        review = world.review()
        review_hold(review=review, held_on=date(2026, 4, 21), attendees="Vera", today=TODAY)

        with pytest.raises(ValidationError, match="still to come"):
            review_call_off(review=review, reason="no", today=TODAY)

    def test_a_review_that_was_called_off_decides_nothing(self, world):
        review = review_call_off(review=world.review(), reason="Strike", today=TODAY)

        with pytest.raises(ValidationError, match="called off"):
            decision_write(review=review, text="Go on", is_internal=False, by=world.paula)


class TestActions:
    @pytest.mark.parametrize(
        ("fields", "match"),
        [
            ({"owner": None}, "Say who owns it"),
            ({"owner_name": "Somebody"}, "Say who owns it"),
            ({"side": "buyer"}, "not on that side"),
            ({"due_on": date(2026, 4, 20)}, "before it was agreed"),
            ({"is_internal": True}, "cannot be kept from the vendor"),
        ],
    )
    def test_an_action_has_one_owner_on_its_side_and_a_day_to_come(self, world, fields, match):
        with pytest.raises(ValidationError, match=match):
            agreed(world, world.review(), **fields)

    def test_a_person_of_another_vendor_cannot_own_it(self, world):
        with pytest.raises(ValidationError, match="not one of Acme Analytics's people"):
            agreed(world, world.review(), owner=world.vic)

    def test_closing_needs_a_note_and_is_told_of(self, world):
        action = agreed(world, world.review())
        with pytest.raises(ValidationError, match="Say how it was done"):
            action_close(action=action, state="done", note=" ", closed_on=TODAY)

        action_close(action=action, state="done", note="Trained on 2025", closed_on=TODAY)

        told = AuditEvent.objects.filter(subject=f"metrics.reviewaction:{action.pk}")
        assert [event.action for event in told.order_by("id")] == ["agreed", "done"]

    def test_a_closed_action_is_changed_only_once_it_is_open_again(self, world):
        action = agreed(world, world.review())
        action_close(action=action, state="dropped", note="Obsolete", closed_on=TODAY)
        with pytest.raises(ValidationError, match="reopen it"):
            action_change(action=action, due_on=date(2026, 6, 1))

        action_reopen(action=action, reason="Needed after all")
        action_change(action=action, due_on=date(2026, 6, 1))

        action.refresh_from_db()
        assert (action.state, action.due_on, action.closed_on) == ("open", date(2026, 6, 1), None)

    def test_its_age_counts_until_it_was_closed(self, world):
        action = agreed(world, world.review())
        assert action.age(date(2026, 5, 1)) == 10

        action_close(action=action, state="done", note="Done", closed_on=date(2026, 4, 25))

        assert action.age(date(2026, 5, 1)) == 4

    @pytest.mark.parametrize(
        ("who", "owner", "side", "may"),
        [
            ("paula", "vera", "vendor", True),  # runs reviews
            ("vera", "vera", "vendor", True),  # owns it
            ("vera", "Vincent", "vendor", True),  # nobody with an account does, at her company
            ("vera", "paula", "buyer", False),
            ("vic", "Vincent", "vendor", False),  # another company
            ("ana", "vera", "vendor", False),  # reads, and owns nothing
            ("ana", "ana", "buyer", True),
        ],
    )
    def test_who_may_say_that_it_is_done(self, world, who, owner, side, may):
        people = {"paula": world.paula, "vera": world.vera, "vic": world.vic, "ana": a_user("ana")}
        person = people.get(owner)
        name = "" if person else owner
        action = agreed(world, world.review(), owner=person, owner_name=name, side=side)

        assert may_close(action, visible_to(people[who])) is may


class TestCarryingOver:
    def test_an_open_action_stands_in_the_next_review_of_its_vendor_and_in_no_others(self, world):
        action = agreed(world, world.review())
        following = world.review(date(2026, 7, 20))
        elsewhere = world.review(date(2026, 7, 21), vendor=world.other)
        scope = visible_to(world.paula)

        assert list(carried_over(following, scope=scope)) == [action]
        assert list(carried_over(elsewhere, scope=scope)) == []

    def test_a_closed_one_does_not(self, world):
        action = agreed(world, world.review())
        action_close(action=action, state="done", note="Done", closed_on=TODAY)

        following = world.review(date(2026, 7, 20))

        assert list(carried_over(following, scope=visible_to(world.paula))) == []

    def test_a_review_that_was_held_keeps_showing_what_was_open_on_that_day(self, world):
        action = agreed(world, world.review())
        later = world.review(date(2026, 4, 22))
        review_hold(review=later, held_on=TODAY, attendees="", today=TODAY)
        action_close(action=action, state="done", note="Done", closed_on=date(2026, 5, 2))

        assert list(carried_over(later, scope=visible_to(world.paula))) == [action]

    def test_what_was_agreed_later_is_not_carried_back(self, world):
        held = world.review(date(2026, 4, 1))
        review_hold(review=held, held_on=date(2026, 4, 1), attendees="", today=TODAY)
        agreed(world, world.review())

        assert list(carried_over(held, scope=visible_to(world.paula))) == []


class TestWhatVendorsSee:
    def test_nothing_that_was_kept_inside(self, world):
        shared, inside = world.review(), world.review(is_internal=True)
        for review in (shared, inside):
            for is_internal in (False, True):
                note_write(review=review, text="x", is_internal=is_internal, by=world.paula)
                decision_write(review=review, text="x", is_internal=is_internal, by=world.paula)
                agreed(world, review, side="buyer", owner=world.paula, is_internal=is_internal)
        scope = visible_to(world.vera)

        assert [each.pk for each in reviews_list(scope=scope)] == [shared.pk]
        for records in (scoped.review_notes, scoped.review_decisions, scoped.review_actions):
            (only,) = records(scope)
            assert (only.review_id, only.is_internal) == (shared.pk, False)

    def test_nothing_of_another_vendor(self, world):
        agreed(world, world.review())
        scope = visible_to(world.vic)

        assert reviews_list(scope=scope).count() == 0
        assert actions_list(scope=scope, today=TODAY).count() == 0

    def test_their_own_actions_are_theirs_and_those_of_people_without_an_account(self, world):
        review = world.review()
        mine = agreed(world, review)
        nobodys = agreed(world, review, owner=None, owner_name="Vincent", text="Send the data")
        agreed(world, review, owner=world.paula, side="buyer")

        assert set(own_actions(scope=visible_to(world.vera))) == {mine, nobodys}

    def test_an_internal_review_makes_its_actions_internal(self, world):
        action = agreed(world, world.review(is_internal=True), side="buyer", owner=world.paula)

        assert action.is_internal


def test_the_list_of_actions_narrows_to_mine_and_to_what_is_overdue(world):
    review = world.review()
    late = agreed(world, review, owner=world.paula, side="buyer", due_on=date(2026, 4, 21))
    mine = agreed(world, review, owner=world.paula, side="buyer")
    agreed(world, review)
    scope = visible_to(world.paula)

    assert list(actions_list(scope=scope, today=TODAY, mine=True)) == [late, mine]
    assert list(actions_list(scope=scope, today=TODAY, overdue=True)) == [late]
