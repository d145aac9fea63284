"""A random secret of this installation: made at the first start, kept in a file of its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

BYTES = 32


def secret(path: Path) -> str:
    """Read a secret; make it where there is none yet. Two first starts at once read the same one.

    Raises:
        OSError: the folder cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        made.touch(mode=0o600, exist_ok=False)
        made.write_text(secrets.token_urlsafe(BYTES), encoding="ascii")
        try:
            os.link(made, path)  # one of two wins, and both read it
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="ascii").strip()
