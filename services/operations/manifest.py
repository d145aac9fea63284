"""What a backup holds, in its manifest.json: each file with its sha256, each table with its rows, schema, version, day.

The manifest is written last, and the folder gets its name after that: one without a manifest is no backup.
"""

import hashlib
import hmac
import json
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from services.operations.refused import Refused
from services.settings import ROOT

NAME = "manifest.json"
# What a backup is called, beside its folder, while it is written; with the process that writes it.
PARTIAL = ".anju-backup."
FORMAT = 1
# Its owner alone reads a backup: it holds residents' words and the keys.
FILE_MODE, FOLDER_MODE = 0o600, 0o700
# Files of an installation, under `VAR_DIR`, and where they stand in a backup.
KEYS = ("secret_key", "registry_secret")
KEY_FOLDER = "keys"
MODELS = ROOT / "models"
# The model and the record of our training that names its sha256.
MODEL, RECORD = "anju.tar.gz", "anju.json"
MODEL_FOLDER = "model"
# Sealed personal numbers live ten minutes at most, so no backup keeps them for longer.
EMPTIED = ("secret",)
BLOCK = 1 << 20

Kind = Literal["sqlite", "pg_dump", "pg_copy"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(_Strict):
    """One file of a backup."""

    sha256: str
    bytes: int


class Copied(_Strict):
    """A copy of one database: a file, or for `pg_copy` a folder with a file a table; and the rows of each table."""

    kind: Kind
    path: str
    rows: dict[str, int]
    # Of `pg_copy` only: the columns in the order of its files.
    columns: dict[str, list[str]] = {}


class Manifest(_Strict):
    """A whole backup. `key` tells one SECRET_KEY from another and not what it is; `absent` says what is not in it."""

    product: Literal["anju"]
    format: Literal[1]
    version: str
    commit: str | None
    made: AwareDatetime
    day: date
    revision: str
    snapshot: str | None
    key: str
    services: Copied
    tracker: Copied | None
    absent: list[str]
    files: dict[str, File]


def make_private(path: Path) -> None:
    """Make a file that its owner alone reads, before anything is written to it."""
    path.touch(mode=FILE_MODE)


def sha256(path: Path) -> str:
    """Give the sha256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def listed(folder: Path) -> dict[str, File]:
    """List every file of a folder, for a manifest."""
    return {
        path.relative_to(folder).as_posix(): File(sha256=sha256(path), bytes=path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def fingerprint(key: str) -> str:
    """Give a short mark of a key, from which it cannot be worked out."""
    return hmac.new(key.encode(), b"anju backup", hashlib.sha256).hexdigest()[:16]


def checked(folder: Path) -> Manifest:
    """Read the manifest of a backup and hold every file against it.

    Raises:
        Refused: it is no backup, was not finished, is of another format, or a file is missing or was changed.
    """
    path = folder / NAME
    if not folder.is_dir():
        raise Refused(f"没有 {folder} 这个文件夹：请写出备份所在的文件夹。")
    if not path.is_file() or folder.name.startswith(PARTIAL):
        raise Refused(f"{folder} 不是备份（没有 {NAME}），或者是没有做完的备份：请换一份。")
    manifest = _read(path)
    for name, file in manifest.files.items():
        _check(folder, name, file)
    return manifest


def _read(path: Path) -> Manifest:
    try:
        raw = json.loads(path.read_text("utf-8"))
        if isinstance(raw, dict) and raw.get("product") == "anju" and raw.get("format") != FORMAT:
            raise Refused(
                f"这份备份的格式是 {raw.get('format')}，这一版只认识 {FORMAT}："
                f"请用做备份的那一版（{raw.get('version')}）恢复。"
            )
        return Manifest.model_validate_json(path.read_text("utf-8"))
    except (ValidationError, ValueError) as error:
        raise Refused(f"{path} 读不懂（{type(error).__name__}）：备份坏了或被改过。请换一份。") from None


def _check(folder: Path, name: str, file: File) -> None:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts:
        raise Refused(f"{NAME} 里的 {name!r} 不在备份的文件夹里：备份被改过。请换一份。")
    path = folder / pure
    if not path.is_file():
        raise Refused(f"备份里少了 {name}：没有拷全。请重新拷贝，或换一份备份。")
    if path.stat().st_size != file.bytes or sha256(path) != file.sha256:
        raise Refused(f"{name} 和备份时不一样（sha256 不符）：文件坏了或被改过。请重新拷贝，或换一份备份。")
