"""A story that broke off goes on where it stopped, at the story's own time."""

from datetime import UTC, datetime

import pytest

from metrics.demo.run import Step, Story

MORNING = datetime(2026, 7, 2, 6, tzinfo=UTC)
EVENING = datetime(2026, 7, 2, 18, tzinfo=UTC)
NEXT_DAY = datetime(2026, 7, 3, 6, tzinfo=UTC)


def _steps(*instants: datetime) -> list[Step]:
    return [Step(at, "a step", lambda: None, lambda: True) for at in instants]


@pytest.mark.parametrize(
    ("taken", "left", "broke_off_at"),
    [
        ([], [MORNING], None),
        ([MORNING], [EVENING], None),
        ([MORNING, EVENING], [NEXT_DAY], EVENING),
        ([MORNING, EVENING], [], EVENING),
    ],
    ids=["not begun", "in the middle of a day", "between two days", "after the last day"],
)
def test_work_is_caught_up_only_for_a_day_whose_steps_are_all_in(
    taken: list[datetime], left: list[datetime], broke_off_at: datetime | None
) -> None:
    assert Story(_steps(*taken), _steps(*left)).broke_off_at == broke_off_at
