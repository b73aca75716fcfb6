"""The access log says which page was asked for, and never a secret address."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from kpotracker.accesslog import MASK, AccessLog

SECRET = "Zk3-vQ81_rTb" * 4  # as long as the real ones, and the same in every worker
SIGNED = f"31:{SECRET}"  # what ends a mailing: a number and its signature
ADDRESSES = [
    f"/calendar/{SECRET}.ics",
    f"/shared/{SECRET}/",
    f"/invitations/{SECRET}/?next=/",
    f"/scorecards/unsubscribe/{SIGNED}/",
]


def line(kind: type[Logger], path: str) -> str:
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path.partition("?")[0],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://kpi.company.test{path}",
    }
    answer = SimpleNamespace(status="200 OK", headers=[], sent=1, response_length=1)
    request = SimpleNamespace(headers=[])
    atoms = kind(Config()).atoms(answer, request, environ, timedelta(0))
    return Config().access_log_format % {key: atoms.get(key, "-") for key in "hlutrsbfa"}


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_secret_address_is_masked_and_its_kind_still_told(path):
    logged = line(AccessLog, path)

    assert SECRET not in logged
    assert path.replace(SIGNED, MASK).replace(SECRET, MASK) in logged


@pytest.mark.parametrize("path", ADDRESSES)
def test_without_the_class_the_secret_would_be_logged(path):
    assert SECRET in line(Logger, path)


@pytest.mark.parametrize("path", ["/vendors/acme/", "/kpis/halcyon-accuracy/2026-09-01/"])
def test_other_addresses_are_logged_as_they_are(path):
    assert path in line(AccessLog, path)
