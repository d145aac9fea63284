"""A backup of one moment, made while the product runs: all that could not be made anew.

First the tracker store, then the services' database: every dialogue state in it has its conversation. The
folder gets its name when all of it is written; what a killed backup leaves is removed by the next one.
"""

import asyncio
import json
import os
import shutil
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from core.knowledge import Snapshot, SnapshotError, today
from services.operations import manifest, revisions, stores
from services.operations.manifest import Manifest
from services.operations.refused import Refused
from services.settings import ROOT, Settings
from services.storage.database import Database

ASK_S = 2.0


async def command(settings: Settings, folder: Path) -> int:
    """Make a backup, for `python -m services backup FOLDER`, and print what is in it and what is not.

    Raises:
        Refused: the folder is in use, or there is nothing that could be backed up.
    """
    began = time.monotonic()
    made = await asyncio.to_thread(folder.absolute)
    done = await make(settings, made, os.environ)
    size = sum(file.bytes for file in done.files.values()) / 1e6
    print(f"备份做好了：{made}（{size:.1f} MB，{time.monotonic() - began:.1f} 秒）")
    print(f"  数据库（{done.services.kind}，结构 {done.revision}）：{told(done.services.rows)}")
    if done.tracker is not None:
        print(f"  对话模型的记录（{done.tracker.kind}）：{told(done.tracker.rows)}")
    print(f"  版本 {done.version}，知识快照 {done.snapshot or '不明'}，{done.day}")
    for sentence in done.absent:
        print(f"  注意：{sentence}")
    print("里面有居民的对话和密钥：请存到另一台机器上只有您能读的地方，过了保存期限的要删掉。")
    return 0


def told(rows: Mapping[str, int]) -> str:
    """Say how many rows each table has."""
    return "，".join(f"{name} {count}" for name, count in rows.items() if name != "alembic_version") or "没有表"


async def make(settings: Settings, folder: Path, environ: Mapping[str, str]) -> Manifest:
    """Make a backup in a folder that is not there yet, or is empty.

    Raises:
        Refused: see `command`; the folder is not made then.
    """
    revision = await _revision(settings)
    partial = await asyncio.to_thread(_begin, folder)
    try:
        written = await _write(settings, partial, revision, environ)
        await asyncio.to_thread(_finish, partial, folder, written)
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, partial, True)
        raise
    return written


async def _revision(settings: Settings) -> str:
    database = Database(settings.database_url)
    try:
        revision = await revisions.of(database)
    finally:
        await database.close()
    if revision is None:
        raise Refused("数据库里还没有安居答的表，没有可备份的。请看 DATABASE_URL 和 VAR_DIR 是否和运行时一样。")
    if revision not in revisions.known():
        raise Refused(f"数据库的结构是 {revision}，比这一版新：请用正在运行的那一版来备份。")
    return revision


async def _write(settings: Settings, folder: Path, revision: str, environ: Mapping[str, str]) -> Manifest:
    absent: list[str] = []
    tracker = await stores.tracker(settings).copy(folder, "tracker", ())
    if tracker is None:
        absent.append("还没有对话模型的记录（对话模型没有启动过）。")
    services = await stores.services(settings).copy(folder, "services", manifest.EMPTIED)
    if services is None:
        raise Refused("数据库在备份的时候不见了：请看 DATABASE_URL，再试一次。")
    if services.kind == "pg_copy":
        absent.append("这台机器没有能用的 pg_dump、pg_restore 和 psql，数据库是逐表导出的（恢复时不需要这些工具）。")
    absent += await asyncio.to_thread(_copy_files, settings, folder, environ)
    return Manifest(
        product="anju",
        format=1,
        version=version(),
        commit=await asyncio.to_thread(_commit),
        made=datetime.now(UTC),
        day=today(),
        revision=revision,
        snapshot=await asyncio.to_thread(_snapshot, settings),
        key=manifest.fingerprint(settings.secret_key),
        services=services,
        tracker=tracker,
        absent=absent,
        files=await asyncio.to_thread(manifest.listed, folder),
    )


def version() -> str:
    """Give the version of the product."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def _begin(folder: Path) -> Path:
    """Make the folder that is written to, and remove those of backups that were killed."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise Refused(f"{folder} 已经有了，不会覆盖：请换一个文件夹名，比如加上日期。")
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{manifest.PARTIAL}*"):
        if not _runs(left.name.removeprefix(manifest.PARTIAL)):
            shutil.rmtree(left, ignore_errors=True)
    partial = folder.with_name(f"{manifest.PARTIAL}{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=manifest.FOLDER_MODE)
    return partial


def _runs(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _copy_files(settings: Settings, folder: Path, environ: Mapping[str, str]) -> list[str]:
    """Copy keys and model; give a sentence for each that is not there."""
    absent = []
    keys = folder / manifest.KEY_FOLDER
    for name in manifest.KEYS:
        given = name.upper()
        if environ.get(given, "").strip():
            absent.append(f"{given} 来自环境变量，不在备份里：请另外保管好，恢复时要设成同一个。")
        elif (settings.var / name).is_file():
            _copy(settings.var / name, keys / name)
    model, record = manifest.MODELS / manifest.MODEL, manifest.MODELS / manifest.RECORD
    if not model.is_file() or not record.is_file():
        absent.append("没有训练好的对话模型：恢复以后运行 make train。")
        return absent
    for path in (model, record):
        _copy(path, folder / manifest.MODEL_FOLDER / path.name)
    if not is_recorded(folder / manifest.MODEL_FOLDER):
        shutil.rmtree(folder / manifest.MODEL_FOLDER)
        absent.append("对话模型正在训练，或者不是训练记录里的那一个，没有放进备份：恢复以后运行 make train。")
    return absent


def is_recorded(folder: Path) -> bool:
    """Tell whether the model in a folder is the one that the record beside it names: no other is ever loaded."""
    try:
        record = json.loads((folder / manifest.RECORD).read_text("utf-8"))
        return bool(record.get("sha256") == manifest.sha256(folder / manifest.MODEL))
    except (OSError, ValueError, AttributeError):
        return False


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=manifest.FOLDER_MODE, exist_ok=True)
    manifest.make_private(target)
    shutil.copyfile(source, target)


def _snapshot(settings: Settings) -> str | None:
    """Give the number of what is published: as the running copy says, else as the files have it."""
    url = f"http://127.0.0.1:{settings.internal_port}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=ASK_S) as response:
            raw = response.read()
    except urllib.error.HTTPError as error:
        raw = error.read()
    except OSError:
        raw = b"{}"
    try:
        return str(json.loads(raw)["parts"]["knowledge"]["snapshot"])
    except (ValueError, KeyError, TypeError):
        pass
    try:
        return Snapshot.load().number
    except SnapshotError:
        return None


def _commit() -> str | None:
    """Give the commit of the checkout, where it is one and git is there."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _finish(partial: Path, folder: Path, written: Manifest) -> None:
    """Have all of it on the disk, then the manifest, and give the folder its name."""
    for one in partial.rglob("*"):
        _to_disk(one)
    path = partial / manifest.NAME
    manifest.make_private(path)
    path.write_text(written.model_dump_json(indent=1) + "\n", "utf-8")
    _to_disk(path)
    _to_disk(partial)
    partial.rename(folder)
    _to_disk(folder.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
