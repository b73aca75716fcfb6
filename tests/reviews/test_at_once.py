"""Two people who end the same review or action at the same moment: the second one is told."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from metrics.models import Review, ReviewAction
from metrics.reviews import actions, meetings
from tests.reviews.conftest import World

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 22)

Deed = Callable[[Any], object]


def hold(review: Review) -> object:
    return meetings.review_hold(review=review, held_on=TODAY, attendees="Paula", today=TODAY)


def call_off(review: Review) -> object:
    return meetings.review_call_off(review=review, reason="No quorum", today=TODAY)


def replan(review: Review) -> object:
    return meetings.review_change(review=review, contracts=(), planned_on=date(2026, 5, 1))


def done(action: ReviewAction) -> object:
    return actions.action_close(action=action, state="done", note="Retrained", closed_on=TODAY)


def drop(action: ReviewAction) -> object:
    return actions.action_close(action=action, state="dropped", note="Moot", closed_on=TODAY)


def postpone(action: ReviewAction) -> object:
    return actions.action_change(action=action, due_on=date(2026, 6, 1))


def an_action(world: World) -> ReviewAction:
    return actions.action_agree(
        review=world.review(),
        text="Retrain the model",
        side="vendor",
        owner=world.vera,
        due_on=date(2026, 5, 15),
        agreed_on=date(2026, 4, 21),
    )


REVIEWS = [
    (call_off, hold, "It was called off"),
    (hold, call_off, "Only a review that is still to come"),
    (call_off, replan, "It was called off"),
]
ACTIONS = [
    (done, drop, "It was done already"),
    (drop, done, "It was dropped already"),
    (done, postpone, "It was done already: reopen it"),
]


@pytest.mark.parametrize(("first", "second", "told"), REVIEWS)
def test_whoever_read_the_review_before_it_ended_is_told(
    world: World, first: Deed, second: Deed, told: str
) -> None:
    review = world.review()
    read_before = Review.objects.get(pk=review.pk)
    first(review)
    ended = Review.objects.values().get(pk=review.pk)

    with pytest.raises(ValidationError, match=told):
        second(read_before)
    assert Review.objects.values().get(pk=review.pk) == ended


@pytest.mark.parametrize(("first", "second", "told"), ACTIONS)
def test_whoever_read_the_action_before_it_was_closed_is_told(
    world: World, first: Deed, second: Deed, told: str
) -> None:
    action = an_action(world)
    read_before = ReviewAction.objects.get(pk=action.pk)
    first(action)
    ended = ReviewAction.objects.values().get(pk=action.pk)

    with pytest.raises(ValidationError, match=told):
        second(read_before)
    assert ReviewAction.objects.values().get(pk=action.pk) == ended


def test_without_reading_it_anew_the_second_one_would_undo_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meetings, "lock", lambda _: None)
    review = world.review()
    read_before = Review.objects.get(pk=review.pk)
    call_off(review)

    hold(read_before)

    found = Review.objects.get(pk=review.pk)
    assert (found.held_on, found.called_off_on) == (TODAY, None)
