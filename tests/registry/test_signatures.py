"""Requests that are not signed, or signed wrongly, late or twice, are refused over real HTTP."""

import asyncio
import secrets
import time

import pytest

from core import signing
from tests.registry.signed import COMPLETE

BODY = {"id_number": COMPLETE}


async def test_a_signed_request_is_read(registry):
    status, _ = await registry.call("POST", "/v1/challenges", BODY)
    assert status == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "another-secret-of-32-characters!"}, "bad_signature"),
        ({"sent": b'{"id_number": "33000019781120003X"}'}, "bad_signature"),
        ({"late_s": 310}, "stale"),
        ({"late_s": -400}, "stale"),
        ({"headers": {signing.KEY_HEADER: "somebody"}}, "bad_signature"),
        ({"headers": {signing.KEY_HEADER: ""}}, "unsigned"),
        ({"headers": {signing.TIMESTAMP_HEADER: str(int(time.time()) + 7)}}, "bad_signature"),
        ({"headers": {signing.TIMESTAMP_HEADER: "now"}}, "stale"),
        ({"headers": {signing.NONCE_HEADER: "another-nonce-0123456789"}}, "bad_signature"),
        ({"headers": {signing.NONCE_HEADER: "short"}}, "unsigned"),
        ({"headers": {signing.SIGNATURE_HEADER: "0" * 64}}, "bad_signature"),
        ({"headers": {signing.SIGNATURE_HEADER: ""}}, "unsigned"),
    ],
    ids=str,
)
async def test_what_is_signed_wrongly_is_refused_and_sends_no_code(registry, changes, code):
    # The clock is read here: cases are collected minutes before they run.
    if "late_s" in changes:
        changes = {"now": time.time() - changes["late_s"]}
    status, body = await registry.call("POST", "/v1/challenges", BODY, **changes)
    assert (status, body["error"]["code"]) == (401, code)
    assert registry.codes.found == []


async def test_a_signature_for_one_path_or_method_is_none_for_another(registry):
    now, nonce = time.time(), secrets.token_urlsafe(24)
    signed = signing.headers(
        registry.settings.secret, registry.settings.key_id, "GET", "/v1/records/points", b"", now, nonce
    )
    for method, path in (
        ("GET", "/v1/records/permit"),
        ("POST", "/v1/records/points"),
        ("GET", "/v1/records/points?a=1"),
    ):
        status, body = await registry.raw(method, path, b"", signed)
        assert (status, body["error"]["code"]) == (401, "bad_signature")


async def test_another_key_id_that_is_signed_rightly_with_the_same_secret_is_refused(registry):
    now, nonce = time.time(), secrets.token_urlsafe(24)
    signed = signing.headers(registry.settings.secret, "somebody", "GET", "/v1/records/points", b"", now, nonce)
    status, body = await registry.raw("GET", "/v1/records/points", b"", signed)
    assert (status, body["error"]["code"]) == (401, "bad_signature")


async def test_a_request_sent_again_is_refused(registry):
    nonce = secrets.token_urlsafe(24)
    assert (await registry.call("POST", "/v1/challenges", BODY, nonce=nonce))[0] == 201
    status, body = await registry.call("POST", "/v1/challenges", BODY, nonce=nonce)
    assert (status, body["error"]["code"]) == (401, "replayed")
    assert len(registry.codes.found) == 1


async def test_of_many_copies_at_once_one_is_read(registry):
    nonce = secrets.token_urlsafe(24)
    answers = await asyncio.gather(*(registry.call("GET", "/v1/records/points", nonce=nonce) for _ in range(20)))
    codes = sorted(body["error"]["code"] for _, body in answers)
    assert codes == ["bad_grant", *["replayed"] * 19]


async def test_a_replay_is_refused_after_a_restart_too(registry):
    nonce = secrets.token_urlsafe(24)
    assert (await registry.call("POST", "/v1/challenges", BODY, nonce=nonce))[0] == 201
    await registry.stop()
    await registry.start()
    assert (await registry.call("POST", "/v1/challenges", BODY, nonce=nonce))[1]["error"]["code"] == "replayed"


async def test_a_wrong_signature_does_not_use_the_nonce_up(registry):
    nonce = secrets.token_urlsafe(24)
    await registry.call("POST", "/v1/challenges", BODY, nonce=nonce, secret="x" * 32)
    assert (await registry.call("POST", "/v1/challenges", BODY, nonce=nonce))[0] == 201


async def test_health_needs_no_signature(registry):
    assert await registry.raw("GET", "/health/live", b"", {}) == (200, {"status": "alive"})
