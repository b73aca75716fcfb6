"""Secrets at rest: read with the key in use or a former one, and with no other."""

import pytest

from kpotracker.toolkit.secrets import UnreadableSecretError, opened, resealed, sealed

VALUES = {"url": "https://hooks.example.test/very-secret", "key": "whsec_x"}
NEW, OLD, OTHER = ("n" * 60, "o" * 60, "x" * 60)


@pytest.fixture(autouse=True)
def keys(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS, settings.ALERTS_KEY = OLD, [], ""
    return settings


def test_what_was_sealed_is_opened_and_shows_nothing():
    token = sealed(VALUES)

    assert opened(token) == VALUES
    assert "secret" not in token
    assert token != sealed(VALUES)


def test_a_former_key_still_opens_it(keys):
    token = sealed(VALUES)
    keys.SECRET_KEY, keys.SECRET_KEY_FALLBACKS = NEW, [OLD]
    again = resealed(token)
    keys.SECRET_KEY_FALLBACKS = []

    assert opened(again) == VALUES
    with pytest.raises(UnreadableSecretError):
        opened(token)


def test_a_key_of_its_own_lets_the_other_change(keys):
    keys.ALERTS_KEY = OTHER
    token = sealed(VALUES)
    keys.SECRET_KEY = NEW

    assert opened(token) == VALUES


@pytest.mark.parametrize("token", ["", "gAAAA", "é", "x" * 200])
def test_what_no_key_opens_is_named_without_showing_it(token):
    with pytest.raises(UnreadableSecretError, match="enter it again"):
        opened(token)
