"""Keys: made, shown once, accepted in three headers, refused for every reason there is."""

import hashlib
import logging
from base64 import b64encode
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from contracts.models import ApiKey
from contracts.services import apikeys
from contracts.services.apikeys import (
    KeyRefusedError,
    apikey_create,
    apikey_note_use,
    apikey_of,
    apikey_revoke,
)
from tests.api.world import PROBLEM, Holding, Program
from tests.factories import a_user

pytestmark = pytest.mark.django_db
VENDORS = "/api/v1/vendors"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def test_a_secret_has_256_random_bits_and_only_its_hash_is_kept() -> None:
    made = apikey_create(name="BI", scopes=["read"])
    prefix, _, random = made.secret.partition(f"{made.key.prefix}_")
    assert prefix == ""
    assert len(random) == 43  # 256 bits in base64 without padding
    assert made.key.hash == hashlib.sha256(made.secret.encode()).hexdigest()
    stored = [str(value) for value in ApiKey.objects.values_list().get()]
    assert not any(random in value for value in stored)
    assert made.secret not in repr(made)


def test_two_keys_share_nothing() -> None:
    first, second = (apikey_create(name="BI", scopes=["read"]) for _ in range(2))
    assert first.key.prefix != second.key.prefix
    assert first.secret[13:] != second.secret[13:]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "scopes": ["read"]}, "cannot be blank"),
        ({"name": "BI", "scopes": []}, "a key needs a scope"),
        (
            {"name": "BI", "scopes": ["read", "root"]},
            "scope 'root' is unknown: use read, ingest, manage",
        ),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        apikey_create(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["Bearer", "bearer", "X-Api-Key", "Basic"])
def test_a_key_opens_in_each_of_its_headers(way: str) -> None:
    made = apikey_create(name="BI", scopes=["read"])
    headers = {
        "X-Api-Key": {"X-Api-Key": made.secret},
        "Basic": basic(made.key.prefix, made.secret),
    }.get(way, {"Authorization": f"{way} {made.secret}"})
    assert Program(headers).get(VENDORS).status_code == 200


def test_no_key_is_401_and_names_the_ways_in() -> None:
    answer = Client().get(VENDORS)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == PROBLEM
    assert "Authorization: Bearer <key>" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="kpotracker", Basic')


def wrong_headers(secret: str, prefix: str) -> list[dict[str, str]]:
    flipped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    return [
        {"Authorization": f"Bearer {flipped}"},
        {"Authorization": f"Bearer {prefix}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": f"Digest {secret}"},
        {"Authorization": f"Bearer {secret} and more"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe").decode()},
        basic("kpo_someone0", secret),
        basic(prefix, flipped),
        basic("", secret),
        {"X-Api-Key": flipped},
        {"X-Api-Key": ""},
        {"X-Api-Key": "ключ"},
        {"X-Api-Key": secret, "Authorization": f"Bearer {secret}"},
    ]


def test_a_wrong_key_is_401_whatever_is_wrong_with_it() -> None:
    made = apikey_create(name="BI", scopes=["read"])
    for headers in wrong_headers(made.secret, made.key.prefix):
        answer = Program(headers).get(VENDORS)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, PROBLEM), headers


def test_a_wrong_key_beside_a_session_is_still_401() -> None:
    client = Client()
    client.force_login(a_user("ann"))
    assert client.get(VENDORS).status_code == 200
    assert client.get(VENDORS, headers={"X-Api-Key": "kpo_nobody"}).status_code == 401


def test_unknown_prefix_and_wrong_secret_are_told_the_same() -> None:
    made = apikey_create(name="BI", scopes=["read"])
    told = set()
    for secret in (made.secret[:-2] + "__", "kpo_00000000_" + "x" * 43):
        with pytest.raises(KeyRefusedError) as refusal:
            apikey_of(secret=secret, now=timezone.now())
        told.add(str(refusal.value))
    assert told == {"The API key is not valid."}


def test_comparison_takes_the_same_time_for_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def watched(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(apikeys.hmac, "compare_digest", watched)
    made = apikey_create(name="BI", scopes=["read"])
    apikey_of(secret=made.secret, now=timezone.now())
    with pytest.raises(KeyRefusedError):
        apikey_of(secret="kpo_nobody00_x", now=timezone.now())
    assert compared == [(64, 64), (64, 64)]


def test_revoking_works_at_once() -> None:
    made = apikey_create(name="BI", scopes=["read"])
    program = Program({"X-Api-Key": made.secret})
    assert program.get(VENDORS).status_code == 200
    apikey_revoke(key=made.key, now=timezone.now())
    answer = program.get(VENDORS)
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


def test_a_key_ends_at_its_expiry() -> None:
    end = timezone.now() + timedelta(hours=1)
    made = apikey_create(name="BI", scopes=["read"], expires_at=end)
    assert apikey_of(secret=made.secret, now=end - timedelta(microseconds=1)) == made.key
    with pytest.raises(KeyRefusedError, match="expired"):
        apikey_of(secret=made.secret, now=end)
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Program({"X-Api-Key": made.secret}).get(VENDORS).status_code == 401


def test_the_wrong_scope_is_403_for_every_address() -> None:
    made = apikey_create(name="nightly", scopes=["ingest"])
    answer = Program({"X-Api-Key": made.secret}).get(VENDORS)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This key may not do this: it needs the scope read."


def test_use_is_noted_at_most_once_a_minute() -> None:
    key = apikey_create(name="BI", scopes=["read"]).key
    start = timezone.now()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        key.refresh_from_db()
        apikey_note_use(key=key, now=start + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == start + timedelta(seconds=noted)


def test_no_log_line_ever_holds_a_secret(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = apikey_create(name="BI", scopes=["read"])
    caplog.set_level(logging.DEBUG)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the database is away")

    headers = ({"X-Api-Key": made.secret}, {"X-Api-Key": made.secret[:-1]})
    said = [Program(one).get(VENDORS).content for one in headers]
    monkeypatch.setattr("contracts.api.vendors.VendorList.get_queryset", broken)
    said.append(Program(headers[0]).get(VENDORS).content)
    assert "the database is away" in caplog.text  # the failure itself is logged
    assert made.secret[13:-1] not in caplog.text + str(said)


def test_the_command_makes_lists_and_revokes(acme: Holding) -> None:
    out, err = StringIO(), StringIO()
    call_command(
        "apikey", "create", "Power BI", "--scope", "read", "--scope", "ingest", "--scope", "manage",
        "--vendor", "acme", "--expires", "2031-12-31", stdout=out, stderr=err,
    )  # fmt: skip
    secret = out.getvalue().strip()
    key = apikey_of(secret=secret, now=timezone.now())
    assert (key.name, key.scopes, key.vendor) == (
        "Power BI",
        ["ingest", "manage", "read"],
        acme.vendor,
    )
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2032-01-01T00:00:00+00:00"
    listed = StringIO()
    call_command("apikey", "list", "--format", "csv", stdout=listed)
    assert listed.getvalue().splitlines() == [
        "key,name,standing,scopes,vendor,used",
        f"{key.prefix},Power BI,through 2031-12-31,ingest+manage+read,acme,never",
    ]
    assert secret[13:] not in listed.getvalue()
    call_command("apikey", "revoke", key.prefix, stdout=StringIO())
    with pytest.raises(KeyRefusedError, match="revoked"):
        apikey_of(secret=secret, now=timezone.now())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "BI"], "--scope"),
        (["create", "BI", "--scope", "root"], "invalid choice: 'root'"),
        (["create", "BI", "--scope", "read", "--vendor", "acmee"], "did you mean acme"),
        (["create", "BI", "--scope", "read", "--expires", "soon"], "'soon' is not a day"),
        (["create", "BI", "--scope", "read", "--expires", "2020-01-01"], "This day is over"),
        (["create", "BI", "--scope", "read", "--expires", "9999-12-31"], "is not a day"),
        (["revoke", "kpo_nobody00"], "no key begins with 'kpo_nobody00'"),
        ([], "action"),
    ],
)
def test_the_command_says_what_is_wrong(acme: Holding, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("apikey", *arguments)
    assert not ApiKey.objects.exists()


def test_people_who_signed_in_may_read_and_not_deliver(acme: Holding) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_user("ann"))
    assert client.get(VENDORS).status_code == 200
    answer = client.post("/api/v1/feeds/acme-desk/deliveries", b"a", content_type="text/csv")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, PROBLEM)
    unguarded = Client()
    unguarded.force_login(a_user("bob"))
    answer = unguarded.post("/api/v1/feeds/acme-desk/deliveries", b"a", content_type="text/csv")
    assert answer.json()["detail"] == "A signed-in person may only read here: use an API key."
