"""Backup and restore: all of it comes back, on both databases, and what could go wrong is refused in a sentence."""

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from core.knowledge import Snapshot
from launch.training import _digest
from services.operations import backup, commands, manifest, postgresql, restore, revisions
from services.operations.refused import Refused
from services.storage import schema
from services.storage.database import Database
from tests.running import five_free_ports
from tests.services.filled import fill, fill_tracker, forget_tables, rows, tracker_rows

KEY = "k" * 43


@pytest.fixture
def settings(settings, tmp_path, monkeypatch):
    """Settings of a copy that does not run."""
    for name in ("SECRET_KEY", "REGISTRY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(manifest, "MODELS", tmp_path / "models")
    # To read all content takes a second each time; one test does.
    monkeypatch.setattr(backup, "_snapshot", lambda _: "a snapshot")
    port = five_free_ports()
    return replace(settings, port=port, bot_port=port + 1, actions_port=port + 2, internal_port=port + 3)


@pytest.fixture(params=["with PostgreSQL's tools", "without"])
def tools(request, settings, monkeypatch):
    """Both ways on PostgreSQL; on SQLite there is one."""
    if request.param == "without":

        async def no_tools(_server):
            return False

        if on_postgresql(settings):
            monkeypatch.setattr(postgresql, "tools_for", no_tools)


@pytest.fixture
async def filled(settings):
    """A copy with something of everything that can be lost."""
    database = Database(settings.database_url)
    await database.open()
    for number in range(3):
        await fill(database, f"c{number}")
    await fill_tracker(settings.tracker_url, "c0", "c1")
    await database.close()
    models = manifest.MODELS
    models.mkdir()
    (models / "anju.tar.gz").write_bytes(b"model")
    record = {"inputs": "x", "sha256": manifest.sha256(models / "anju.tar.gz")}
    (models / "anju.json").write_text(json.dumps(record))
    return settings


@pytest.fixture
async def saved(filled, tmp_path):
    """A backup of it."""
    folder = tmp_path / "backups" / "one"
    await backup.make(filled, folder, {})
    return folder


def on_postgresql(settings) -> bool:
    return settings.database_url.startswith("postgresql")


def file_of(settings) -> Path:
    """The database's file, where it is SQLite."""
    return Path(settings.database_url.partition(":///")[2])


async def state(settings) -> tuple:
    """Everything that a restore must bring back."""
    database = Database(settings.database_url)
    try:
        found = await rows(database)
    finally:
        await database.close()
    keys = {name: (settings.var / name).read_bytes() for name in manifest.KEYS}
    models = {path.name: path.read_bytes() for path in manifest.MODELS.iterdir()}
    return found, await tracker_rows(settings.tracker_url), keys, models


async def wipe(settings) -> None:
    """Lose the disk."""
    if not on_postgresql(settings):
        for path in file_of(settings).parent.glob("anju.db*"):
            path.unlink()
    else:
        database = Database(settings.database_url)
        await forget_tables(database)
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP TABLE IF EXISTS events"))
        await database.close()
    shutil.rmtree(settings.var)
    shutil.rmtree(manifest.MODELS)


async def test_what_was_lost_comes_back_whole(tools, filled, tmp_path, capsys):
    folder = tmp_path / "backups" / "one"
    before = await state(filled)
    assert all(before[0].values()), "the test has a row in every table"
    assert await backup.command(filled, folder) == 0
    assert await state(filled) == before
    assert "message 9" in capsys.readouterr().out
    await wipe(filled)
    assert await restore.command(filled, folder, replace=False) == 0
    said = capsys.readouterr().out
    assert "message 9" in said
    assert "注意" not in said
    # Sealed personal numbers live ten minutes: no backup keeps them.
    assert before[0].pop("secret")
    found, events, keys, models = await state(filled)
    assert found.pop("secret") == []
    assert found == before[0]
    assert events == before[1]
    assert (keys, models) == before[2:]
    # And the product goes on with it: numbers that the database gives are new ones.
    database = Database(filled.database_url)
    await database.open()
    await fill(database, "c9")
    await fill_tracker(filled.tracker_url, "c9")
    await database.close()


async def test_no_sealed_number_is_in_a_backup(tools, filled, tmp_path):
    await backup.make(filled, tmp_path / "b", {})
    written = b"".join(path.read_bytes() for path in (tmp_path / "b").rglob("*") if path.is_file())
    assert b"r-c0" not in written
    assert b"sealed \x00" not in written


async def test_a_backup_is_for_its_owner_alone(tools, filled, tmp_path):
    old = os.umask(0)
    try:
        await backup.make(filled, tmp_path / "b", {})
    finally:
        os.umask(old)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "b").rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in [tmp_path / "b", *(tmp_path / "b").rglob("*")] if path.is_dir()}
    assert modes == {0o600}
    assert folders == {0o700}
    await wipe(filled)
    await restore.put(filled, tmp_path / "b", replace=False)
    assert {path.stat().st_mode & 0o777 for path in filled.var.glob("*_*")} == {0o600}


async def test_the_manifest_says_what_is_in_it(filled, saved):
    found = manifest.checked(saved)
    assert found.revision == revisions.head()
    assert found.version == backup.version()
    assert found.services.rows["conversation"] == 3
    assert found.tracker.rows == {"events": 8}
    assert set(found.files) == {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()} - {
        "manifest.json"
    }
    assert filled.secret_key not in (saved / "manifest.json").read_text()


def test_the_number_of_the_content_is_read_from_the_files_where_nothing_runs(settings, monkeypatch):
    monkeypatch.undo()
    assert backup._snapshot(settings) == Snapshot.load().number


async def test_on_postgresql_both_databases_may_be_one(tools, filled, tmp_path):
    if not on_postgresql(filled):
        return
    settings = replace(filled, tracker_url=filled.database_url)
    await fill_tracker(settings.tracker_url, "c0", "c2")
    before = await state(settings)
    await backup.make(settings, tmp_path / "b", {})
    await wipe(settings)
    await restore.put(settings, tmp_path / "b", replace=False)
    before[0]["secret"] = []
    assert await state(settings) == before


async def test_a_backup_while_residents_write_is_of_one_moment(tools, filled, tmp_path):
    """Each conversation in it has all its rows, and no dialogue state is without its conversation."""
    database = Database(filled.database_url)
    done = asyncio.Event()

    async def write() -> int:
        number = 0
        while not done.is_set():
            await fill(database, f"w{number}", messages=5)
            await fill_tracker(filled.tracker_url, f"w{number}", events=1)
            number += 1
            await asyncio.sleep(0)
        return number

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.3)
    for number in range(3):
        await backup.make(filled, tmp_path / f"b{number}", {})
    done.set()
    written = await writing
    await database.close()
    assert written > 5
    await restore.put(filled, tmp_path / "b2", replace=True)
    found, events, _, _ = await state(filled)
    names = {row[0] for row in found["conversation"]}
    assert len(names) > 3
    messages = [row[1] for row in found["message"] if row[1].startswith("w")]
    assert {messages.count(name) for name in names if name.startswith("w")} == {5}
    assert {row[1] for row in events} <= names


async def test_a_folder_that_is_in_use_is_not_overwritten(filled, saved):
    with pytest.raises(Refused, match="不会覆盖"):
        await backup.make(filled, saved, {})


async def test_an_empty_folder_may_be_named(filled, tmp_path):
    (tmp_path / "b").mkdir()
    await backup.make(filled, tmp_path / "b", {})
    assert manifest.checked(tmp_path / "b")


async def test_there_is_nothing_to_back_up_before_the_first_start(settings, tmp_path):
    with pytest.raises(Refused, match="没有可备份的"):
        await backup.make(settings, tmp_path / "b", {})
    assert not (tmp_path / "b").exists()


async def test_keys_of_the_environment_stay_there_and_are_told(filled, tmp_path, monkeypatch, capsys):
    done = await backup.make(filled, tmp_path / "b", {"SECRET_KEY": filled.secret_key})
    assert "keys/secret_key" not in done.files
    assert any("SECRET_KEY 来自环境变量" in sentence for sentence in done.absent)
    await wipe(filled)
    await restore.command(filled, tmp_path / "b", replace=False)
    assert "请设成同一个" in capsys.readouterr().out
    monkeypatch.setenv("SECRET_KEY", KEY)
    await restore.command(filled, tmp_path / "b", replace=True)
    assert "和备份时的不同" in capsys.readouterr().out


async def test_a_model_that_is_not_the_recorded_one_is_left_out(filled, tmp_path):
    (manifest.MODELS / "anju.tar.gz").write_bytes(b"another")
    done = await backup.make(filled, tmp_path / "b", {})
    assert not [name for name in done.files if name.startswith("model/")]
    assert any("make train" in sentence for sentence in done.absent)
    shutil.rmtree(manifest.MODELS)
    done = await backup.make(filled, tmp_path / "c", {})
    assert any("make train" in sentence for sentence in done.absent)


def test_the_record_is_read_as_the_launcher_writes_it(tmp_path, monkeypatch):
    from launch import training

    monkeypatch.setattr(training, "MODEL", tmp_path / "anju.tar.gz")
    (tmp_path / "anju.tar.gz").write_bytes(b"model")
    (tmp_path / "anju.json").write_text(json.dumps({"sha256": _digest([tmp_path / "anju.tar.gz"])}))
    assert backup.is_recorded(tmp_path)


# What is refused, and that nothing was changed then.


async def refused(settings, folder, says, replace=False):
    before = await state(settings)
    with pytest.raises(Refused, match=says):
        await restore.put(settings, folder, replace)
    assert await state(settings) == before


async def test_data_that_is_there_is_not_replaced_unasked(filled, saved):
    await refused(filled, saved, "--replace")


async def test_a_tracker_store_alone_is_data_too(filled, saved):
    database = Database(filled.database_url)
    async with database.write() as session:
        await session.execute(text("DELETE FROM conversation"))
    await database.close()
    await refused(filled, saved, "events 8.*--replace")


async def test_data_that_is_there_is_replaced_when_asked(tools, filled, saved):
    before = await state(filled)
    database = Database(filled.database_url)
    await fill(database, "later")
    await database.close()
    await fill_tracker(filled.tracker_url, "later")
    await restore.put(filled, saved, replace=True)
    before[0]["secret"] = []
    assert await state(filled) == before


async def test_a_running_copy_is_refused(filled, saved):
    for offset, name in enumerate(("PORT", "BOT_PORT", "ACTIONS_PORT", "INTERNAL_PORT")):
        with closing(socket.socket()) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", filled.port + offset))
            listening.listen()
            await refused(filled, saved, f"{name}={filled.port + offset} 有应答.*停下", replace=True)


async def test_a_process_that_has_the_database_open_is_refused(filled, saved):
    database = Database(filled.database_url)
    async with database.read() as session:
        await session.execute(text("SELECT 1"))
        await refused(filled, saved, "请先停下", replace=True)
    await database.close()


async def test_a_file_that_changed_or_is_missing_is_refused(tools, filled, saved):
    for path in [path for path in saved.rglob("*") if path.is_file() and path.name != "manifest.json"]:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b"?")
        await refused(filled, saved, "sha256 不符", replace=True)
        path.unlink()
        await refused(filled, saved, "少了", replace=True)
        path.write_bytes(whole)
    assert manifest.checked(saved)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "格式是 2"),
        ({"product": "other"}, "读不懂"),
        ({"revision": "9999"}, "升级到那一版或更新"),
        ({"files": {"../outside": {"sha256": "", "bytes": 0}}}, "不在备份的文件夹里"),
        ({"files": {"/etc/hosts": {"sha256": "", "bytes": 0}}}, "不在备份的文件夹里"),
        ({"more": 1}, "读不懂"),
    ],
)
async def test_a_manifest_that_cannot_be_used_is_refused(filled, saved, change, says):
    path = saved / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    await refused(filled, saved, says, replace=True)


async def test_what_is_no_backup_is_refused(filled, saved, tmp_path):
    await refused(filled, tmp_path / "nowhere", "没有 .*nowhere")
    await refused(filled, tmp_path, "或者是没有做完的备份")
    (saved / "manifest.json").write_text((saved / "manifest.json").read_text()[:200])
    await refused(filled, saved, "读不懂", replace=True)


async def test_a_backup_of_another_kind_of_database_is_refused(filled, saved, tmp_path):
    other = "sqlite+aiosqlite:////" if on_postgresql(filled) else "postgresql+asyncpg://127.0.0.1/"
    elsewhere = replace(filled, database_url=f"{other}{tmp_path}/x")
    with pytest.raises(Refused, match="请把 DATABASE_URL 改成"):
        await restore.put(elsewhere, saved, False)


async def test_a_dump_needs_the_tools_it_was_made_with(filled, saved, monkeypatch):
    if not on_postgresql(filled):
        return

    async def no_tools(_server):
        return False

    monkeypatch.setattr(postgresql, "tools_for", no_tools)
    await refused(filled, saved, "apt-get install postgresql-client", replace=True)


async def test_a_restore_that_fails_in_the_middle_changes_nothing_on_postgresql(filled, saved, tmp_path):
    """The dump is whole for its sha256, and half for pg_restore: psql must not commit the half."""
    if not on_postgresql(filled):
        return
    path = saved / "services.dump"
    path.write_bytes(path.read_bytes()[:-200])
    raw = json.loads((saved / "manifest.json").read_text())
    raw["files"]["services.dump"] = {"sha256": manifest.sha256(path), "bytes": path.stat().st_size}
    (saved / "manifest.json").write_text(json.dumps(raw))
    await refused(filled, saved, "还是原来的样子", replace=True)


async def test_an_older_schema_is_restored_and_brought_up_to_date(tools, settings, tmp_path):
    database = Database(settings.database_url)
    await database.open()
    async with database.engine.begin() as connection:
        await connection.run_sync(schema.downgrade, "0002")
        columns = "id, token_hash, created, last_seen, facts, model_events, owner"
        moment = "'2026-01-02 03:04:05'"
        values = f"'old', 't', {moment}, {moment}, '{{}}', 0, 'bot'"
        await connection.execute(text(f"INSERT INTO conversation ({columns}) VALUES ({values})"))
    await database.close()
    done = await backup.make(settings, tmp_path / "b", {})
    assert done.revision == "0002"
    database = Database(settings.database_url)
    await database.open()
    await fill(database, "newer")
    await database.close()
    await restore.put(settings, tmp_path / "b", replace=True)
    database = Database(settings.database_url)
    found = await rows(database)
    await database.close()
    assert [row[0] for row in found["conversation"]] == ["old"]
    assert found["message"] == found["job"] == []


async def test_a_database_of_a_newer_version_is_not_backed_up(filled, tmp_path):
    database = Database(filled.database_url)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(Refused, match="比这一版新"):
        await backup.make(filled, tmp_path / "b", {})


async def test_a_log_left_by_a_killed_process_does_not_get_into_what_is_restored(filled, saved):
    if on_postgresql(filled):
        return
    before = await state(filled)
    path = file_of(filled)
    # As a process leaves it that is killed: a log whose pages belong to the old file.
    script = f"""
import os, signal, sqlite3
connection = sqlite3.connect({str(path)!r})
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("DELETE FROM message")
connection.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""
    await (await asyncio.create_subprocess_exec(sys.executable, "-c", script)).wait()
    assert path.with_name("anju.db-wal").stat().st_size
    await restore.put(filled, saved, replace=True)
    before[0]["secret"] = []
    assert await state(filled) == before


async def test_a_database_file_that_is_broken_can_be_replaced(filled, saved):
    if on_postgresql(filled):
        return
    before = await state(filled)
    path = file_of(filled)
    path.write_bytes(b"broken" * 5000)
    with pytest.raises(Refused, match="--replace"):
        await restore.put(filled, saved, replace=False)
    await restore.put(filled, saved, replace=True)
    before[0]["secret"] = []
    assert await state(filled) == before


async def test_a_broken_database_is_told_and_not_backed_up(filled, tmp_path):
    if on_postgresql(filled):
        return
    path = file_of(filled)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole[:-4096] + os.urandom(4096))
    with pytest.raises((Refused, sqlite3.DatabaseError)):
        await backup.make(filled, tmp_path / "b", {})
    assert not (tmp_path / "b").exists()


def environment(settings) -> dict[str, str]:
    return {
        **os.environ,
        "PORT": str(settings.port),
        "VAR_DIR": str(settings.var),
        "DATABASE_URL": settings.database_url,
        "ANJU_TRACKER_DB": settings.tracker_url,
        "PYTHONUTF8": "1",
        "BOT_URLS": settings.bot_urls[0],
    }


# Makes the same backup again and again, and kills it at its first step, its second, … until one gets to its end.
KILLED = """
import os, signal, sys
from pathlib import Path
from services.operations import backup, commands, manifest
from services.settings import read

settings, folder = read(os.environ), sys.argv[1]
backup._snapshot = lambda _: "a snapshot"
left = 0

def count(of, name):
    real = getattr(of, name)
    def counted(*arguments):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    setattr(of, name, counted)

for name in ("_begin", "_copy", "_snapshot", "_commit", "_finish", "_to_disk"):
    count(backup, name)
for name in ("listed", "make_private"):
    count(manifest, name)
for step in range(1, 1000):
    child = os.fork()
    if not child:
        left, sys.stdout = step, open(os.devnull, "w")
        os._exit(commands.main(settings, ["backup", folder]))
    status = os.waitpid(child, 0)[1]
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
    if os.WIFEXITED(status):
        sys.exit(os.WEXITSTATUS(status))
    sys.stdin.readline()
"""


async def test_what_a_killed_backup_leaves_is_never_restored(filled, tmp_path):
    folder, killed = tmp_path / "backups" / "b", 0
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(folder)),
        env=environment(filled),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    while b"killed" in (line := await process.stdout.readline()):
        killed += 1
        for left in folder.parent.iterdir() if folder.parent.exists() else ():
            if left == folder:
                # Killed after the folder got its name: then it is whole.
                assert manifest.checked(left)
                shutil.rmtree(left)
            else:
                with pytest.raises(Refused, match="没有做完的备份"):
                    manifest.checked(left)
        process.stdin.write(b"go on\n")
    assert line == b"done\n"
    await process.communicate()
    assert killed > 15
    assert manifest.checked(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["b"], "the next backup removed what was left"


async def test_the_commands_say_what_they_did_and_what_to_do(filled, tmp_path, capsys, monkeypatch):
    folder = str(tmp_path / "b")

    def run(*arguments: str) -> int:
        return commands.main(filled, list(arguments))

    assert await asyncio.to_thread(run, "backup", folder) == 0
    assert "备份做好了" in capsys.readouterr().out
    assert await asyncio.to_thread(run, "backup", folder) == 1
    assert "没有做" in capsys.readouterr().err
    assert await asyncio.to_thread(run, "restore", folder) == 1
    assert "--replace" in capsys.readouterr().err
    assert await asyncio.to_thread(run, "restore", folder, "--replace") == 0
    assert "恢复好了" in capsys.readouterr().out
    assert await asyncio.to_thread(run, "restore") == 2
    assert await asyncio.to_thread(run, "retention", "--days", "0") == 2
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    assert await asyncio.to_thread(run, "backup", f"{folder}2") == 1
    assert "sudo -u" in capsys.readouterr().err
