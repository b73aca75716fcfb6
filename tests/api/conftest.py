import pytest

from tests.api.world import Holding, Program, a_holding, a_program


@pytest.fixture
def acme(db: None) -> Holding:
    return a_holding("acme")


@pytest.fixture
def zeta(acme: Holding) -> Holding:
    return a_holding("zeta")


@pytest.fixture
def reader(db: None) -> Program:
    """A program of the buyer that may read everything."""
    return a_program("read")


@pytest.fixture
def manager(db: None) -> Program:
    """A program of the buyer that may read and change records."""
    return a_program("read", "manage")


@pytest.fixture
def deliverer(acme: Holding) -> Program:
    """A program that may deliver for acme, and nothing else."""
    return a_program("ingest", vendor=acme.vendor)
