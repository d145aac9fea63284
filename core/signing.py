"""Signatures of requests to the registry (HMAC-SHA256): made by services, checked by the registry.

Both sides must write the same bytes, so the text that is signed is made here alone. Pure: the clock
and the nonce are handed in. The contract in words is in docs/registry.openapi.yaml.
"""

from __future__ import annotations

import hashlib
import hmac
import re

SCHEME = "ANJU-HMAC-SHA256"
# A clock may be five minutes off, and a signature is good for no longer.
WINDOW_S = 300
KEY_HEADER = "X-Registry-Key"
TIMESTAMP_HEADER = "X-Registry-Timestamp"
NONCE_HEADER = "X-Registry-Nonce"
SIGNATURE_HEADER = "X-Registry-Signature"
# Shorter secrets can be guessed; the one we make has 43 characters of base64.
SECRET_CHARACTERS = 32
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


def signed_text(method: str, path: str, body: bytes, timestamp: str, nonce: str, key_id: str) -> bytes:
    """Give the bytes that are signed: seven lines, the last without a line feed.

    `path` is that of the contract, from `/v1` on, with the query as it is sent: a proxy may serve it
    under another address.
    """
    lines = (SCHEME, method.upper(), path, hashlib.sha256(body).hexdigest(), timestamp, nonce, key_id)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def signature(secret: str, method: str, path: str, body: bytes, timestamp: str, nonce: str, key_id: str) -> str:
    """Give the signature in hex."""
    text = signed_text(method, path, body, timestamp, nonce, key_id)
    return hmac.new(secret.encode("utf-8"), text, hashlib.sha256).hexdigest()


def headers(secret: str, key_id: str, method: str, path: str, body: bytes, now: float, nonce: str) -> dict[str, str]:
    """Give the four headers of a signed request; `now` is Unix time in seconds, `nonce` is used once."""
    timestamp = str(int(now))
    return {
        KEY_HEADER: key_id,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: signature(secret, method, path, body, timestamp, nonce, key_id),
    }


def is_current(timestamp: str, now: float) -> bool:
    """Tell whether a timestamp is a number of seconds within the window on either side of now."""
    return bool(_TIMESTAMP.fullmatch(timestamp)) and abs(now - int(timestamp)) <= WINDOW_S


def is_nonce(nonce: str) -> bool:
    """Tell whether a nonce has the form that can be kept."""
    return bool(NONCE.fullmatch(nonce))


def matches(expected: str, given: str) -> bool:
    """Compare two signatures in a time that does not depend on where they differ."""
    return bool(_SIGNATURE.fullmatch(given)) and hmac.compare_digest(expected, given)
