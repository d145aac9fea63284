"""Signatures: vectors that any other implementation can be checked with, and what each part of them guards."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import signing

SECRET = "example-secret-of-32-characters!"
NONCE = "nonce-0123456789"
# The same vectors stand in docs/registry.openapi.yaml; made with openssl, not with this code.
VECTORS = [
    (
        ("POST", "/v1/challenges", b'{"id_number":"33000019900101001X"}', "1767225600", NONCE, "anju"),
        "1785c3a9873861a1bd34ed3f9c8a100502ee93cf9cf412fc21f8c7352006d81a",
    ),
    (
        ("GET", "/v1/records/points", b"", "1767225600", NONCE, "anju"),
        "bfbf306c3251f778602ea433c57f4f8eeffb4d2d3c023250b320dc5b99e6daf3",
    ),
]


@pytest.mark.parametrize(("parts", "expected"), VECTORS)
def test_the_vectors_of_the_contract(parts, expected):
    assert signing.signature(SECRET, *parts) == expected


def test_the_signed_text_is_seven_lines():
    body = b"{}"
    text = signing.signed_text("post", "/v1/x?a=1", body, "1", NONCE, "k").decode()
    assert text.split("\n") == [
        "ANJU-HMAC-SHA256",
        "POST",
        "/v1/x?a=1",
        hashlib.sha256(body).hexdigest(),
        "1",
        NONCE,
        "k",
    ]
    assert signing.signature("s", "POST", "/v1/x?a=1", body, "1", NONCE, "k") == (
        hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()
    )


@given(st.integers(0, 5), st.binary(min_size=1, max_size=20))
def test_a_change_of_any_part_changes_the_signature(place, other):
    parts = ["POST", "/v1/challenges", b"{}", "1767225600", NONCE, "anju"]
    changed = list(parts)
    changed[place] = b"{}" + other if place == 2 else parts[place] + other.hex()
    assert signing.signature(SECRET, *parts) != signing.signature(SECRET, *changed)


@pytest.mark.parametrize(
    ("timestamp", "current"),
    [
        ("1000", True),
        ("700", True),
        ("1300", True),
        ("699", False),
        ("1301", False),
        ("", False),
        ("1e3", False),
        ("-1000", False),
        ("１０００", False),
        ("1000.0", False),
    ],
)
def test_the_window_is_300_seconds_on_either_side(timestamp, current):
    assert signing.is_current(timestamp, 1000.0) is current


@pytest.mark.parametrize("nonce", ["", "short", "x" * 65, "with spaces in it!!", "随机数随机数随机数随机数随机数随机"])
def test_a_nonce_of_another_form_is_none(nonce):
    assert not signing.is_nonce(nonce)
    assert signing.is_nonce(NONCE)


@pytest.mark.parametrize("given_", ["", "0" * 63, "é" * 64, "A" * 64])
def test_a_signature_of_another_form_does_not_match(given_):
    assert not signing.matches("a" * 64, given_)
    assert signing.matches("a" * 64, "a" * 64)
