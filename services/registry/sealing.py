"""Seal a secret of a resident: AES-256-GCM with a key derived from SECRET_KEY, bound to where it is kept.

A sealed value moved to another conversation or field does not open.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Apart from every other use of SECRET_KEY.
PURPOSE = b"anju secrets of residents, v1"
NONCE_BYTES = 12


class Seal:
    """Seals and opens with the key of one installation."""

    def __init__(self, secret_key: str) -> None:
        self._aead = AESGCM(HKDF(SHA256(), 32, None, PURPOSE).derive(secret_key.encode()))

    def close(self, value: str, conversation: str, field: str) -> bytes:
        """Give the sealed value: nonce and ciphertext."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, value.encode(), _bound(conversation, field))

    def open(self, sealed: bytes, conversation: str, field: str) -> str | None:
        """Give the value, or None for one that this key did not seal for this place."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(conversation, field)).decode()
        except (InvalidTag, ValueError):
            return None


def _bound(conversation: str, field: str) -> bytes:
    return f"{conversation}\0{field}".encode()
