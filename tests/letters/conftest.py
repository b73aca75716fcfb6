import pytest

from tests.casework.world import World, a_world


@pytest.fixture
def world() -> World:
    return a_world()
