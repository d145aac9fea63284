"""Put a backup in place. Everything that could stop it is checked before the first change."""

import asyncio
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from services.conversations.deletion import delete_orphans
from services.operations import backup, manifest, revisions, stores
from services.operations.manifest import Copied, Manifest
from services.operations.postgresql import PostgresqlStore
from services.operations.refused import Refused
from services.operations.stores import Store
from services.settings import Settings
from services.storage.database import Database
from services.storage.tracker import Tracker

PORT_TIMEOUT_S = 1.0
LOOK_AT = 500
# Tables whose rows are not what a restore could destroy.
OURS_ALONE = ("alembic_version", "job")


async def command(settings: Settings, folder: Path, replace: bool) -> int:
    """Restore a backup, for `python -m services restore FOLDER [--replace]`, and print what came back.

    Raises:
        Refused: a reason not to, before anything was changed; or a step failed, and it says which.
    """
    restored = await put(settings, await asyncio.to_thread(folder.absolute), replace)
    print(f"恢复好了：{restored.day} 的备份，版本 {restored.version}，知识快照 {restored.snapshot or '不明'}")
    print(f"  数据库：{backup.told(restored.services.rows)}")
    if restored.tracker is not None:
        print(f"  对话模型的记录：{backup.told(restored.tracker.rows)}")
    for sentence in _warnings(restored, os.environ):
        print(f"  注意：{sentence}")
    print("现在可以启动了（make run）。知识内容在 git 里，不在备份里：请用同一版或更新的版本。")
    return 0


async def put(settings: Settings, folder: Path, replace: bool) -> Manifest:
    """Check a backup and its target, then put it in place.

    Raises:
        Refused: see `command`.
    """
    found = await asyncio.to_thread(manifest.checked, folder)
    _must_know(found)
    services, tracker = stores.services(settings), stores.tracker(settings)
    await _must_fit(services, found.services, "DATABASE_URL")
    if found.tracker is not None:
        await _must_fit(tracker, found.tracker, "ANJU_TRACKER_DB")
    if found.files.keys() & {f"{manifest.MODEL_FOLDER}/{manifest.MODEL}"}:
        await asyncio.to_thread(_must_be_recorded, folder / manifest.MODEL_FOLDER)
    await _must_not_run(settings)
    for store in (services, tracker):
        await store.must_be_idle()
    if not replace:
        await _must_be_empty(services, tracker)
    await services.put(folder, found.services, found.revision)
    if found.tracker is not None:
        await tracker.put(folder, found.tracker, None)
    elif await tracker.rows():
        await _forget(settings)
    await asyncio.to_thread(_put_files, settings, folder, found)
    await _hold_against(found, services, tracker)
    await _bring_up_to_date(settings)
    return found


def _must_know(found: Manifest) -> None:
    if found.revision not in revisions.known():
        raise Refused(
            f"备份的数据库结构是 {found.revision}（版本 {found.version}），这一版只认识到 {revisions.head()}："
            "请先把程序升级到那一版或更新的版本，再恢复。"
        )


async def _must_fit(store: Store, copied: Copied, setting: str) -> None:
    if copied.kind not in store.kinds:
        theirs, here = ("SQLite", "PostgreSQL") if copied.kind == "sqlite" else ("PostgreSQL", "SQLite")
        raise Refused(f"备份来自 {theirs}，现在的 {setting} 是 {here}：请把 {setting} 改成 {theirs} 的地址，再恢复。")
    if isinstance(store, PostgresqlStore):
        await store.must_have_tools(copied)


def _must_be_recorded(folder: Path) -> None:
    if not backup.is_recorded(folder):
        raise Refused("备份里的对话模型和它的训练记录对不上（sha256 不符），不会使用：请换一份备份。")


async def _must_not_run(settings: Settings) -> None:
    """Ask the ports of this copy; other services processes show up at the database."""
    ports = {
        "PORT": settings.port,
        "BOT_PORT": settings.bot_port,
        "ACTIONS_PORT": settings.actions_port,
        "INTERNAL_PORT": settings.internal_port,
    }
    hosts = {"127.0.0.1", settings.bind if settings.bind not in ("0.0.0.0", "::", "localhost") else "127.0.0.1"}
    answering = [
        f"{name}={port}"
        for name, port in ports.items()
        if any([await asyncio.to_thread(_answers, host, port) for host in sorted(hosts)])
    ]
    if answering:
        raise Refused(
            f"安居答正在运行（{'、'.join(answering)} 有应答）：请先停下（Ctrl+C，或 systemctl stop anju），再恢复。"
        )


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), PORT_TIMEOUT_S):
            return True
    except OSError:
        return False


async def _must_be_empty(services: Store, tracker: Store) -> None:
    there = {**await services.rows(), **await tracker.rows()}
    full = {name: count for name, count in there.items() if count and name not in OURS_ALONE}
    if full:
        raise Refused(
            f"这里已经有数据（{backup.told(full)}）。恢复会换掉它们，换掉就找不回来："
            "请先备份现在的，再加上 --replace（make restore FOLDER=… REPLACE=1）。"
        )


async def _forget(settings: Settings) -> None:
    """Empty a tracker store where the backup has none: its conversations are not those that came back."""
    async with Tracker(settings.tracker_url) as tracker:
        while found := await tracker.conversations("", LOOK_AT):
            await tracker.delete(found)


def _put_files(settings: Settings, folder: Path, found: Manifest) -> None:
    settings.var.mkdir(parents=True, exist_ok=True)
    manifest.MODELS.mkdir(parents=True, exist_ok=True)
    targets = {f"{manifest.KEY_FOLDER}/{name}": settings.var / name for name in manifest.KEYS}
    # The model before its record: between the two no model is the recorded one, so none is loaded.
    targets |= {f"{manifest.MODEL_FOLDER}/{name}": manifest.MODELS / name for name in (manifest.MODEL, manifest.RECORD)}
    for name, target in targets.items():
        if name in found.files:
            beside = target.with_name(f".{target.name}.restoring")
            beside.unlink(missing_ok=True)
            manifest.make_private(beside)
            shutil.copyfile(folder / name, beside)
            beside.replace(target)


async def _hold_against(found: Manifest, services: Store, tracker: Store) -> None:
    """Count what is there now, table by table, and hold it against the backup."""
    for store, copied in ((services, found.services), (tracker, found.tracker)):
        rows = await store.rows()
        for table, count in (copied.rows if copied else {}).items():
            if rows.get(table) != count:
                raise Refused(
                    f"恢复以后 {table} 有 {rows.get(table, 0)} 行，备份里是 {count} 行：恢复没有成功。"
                    "请不要启动，换一份备份再恢复（加 --replace）。"
                )


async def _bring_up_to_date(settings: Settings) -> None:
    """Migrate a database of an older version, and drop dialogue state that has no conversation."""
    database = Database(settings.database_url)
    try:
        await database.open()
        async with Tracker(settings.tracker_url) as tracker:
            await delete_orphans(database, tracker, LOOK_AT)
    finally:
        await database.close()


def _warnings(restored: Manifest, environ: Mapping[str, str]) -> list[str]:
    """Say what the operator still has to see to."""
    warnings = []
    given = environ.get("SECRET_KEY", "").strip()
    in_backup = f"{manifest.KEY_FOLDER}/secret_key" in restored.files
    if given and manifest.fingerprint(given) != restored.key:
        warnings.append("环境变量 SECRET_KEY 和备份时的不同，居民打不开原来的对话：请改成备份时的，或去掉它。")
    elif not given and not in_backup:
        warnings.append("备份时的 SECRET_KEY 来自环境变量，这里没有设：启动前请设成同一个，否则居民打不开原来的对话。")
    if f"{manifest.MODEL_FOLDER}/{manifest.MODEL}" not in restored.files:
        warnings.append("备份里没有对话模型：启动前请运行 make train。")
    return warnings
