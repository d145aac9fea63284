"""The tasks of an operator on the command line; each refusal is a sentence in Chinese that says what to do."""

import argparse
import asyncio
import os
import pwd
import sys
from collections.abc import Coroutine
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from services.logs import described
from services.operations import backup, restore, retention
from services.operations.refused import Refused
from services.settings import LONGEST_RETENTION_DAYS, Settings

NAMES = ("backup", "restore", "retention")


def main(settings: Settings, arguments: list[str]) -> int:
    """Do a task; give 0 when it is done, 1 when it is refused or fails, 2 when it is not written as it must be."""
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        _must_be_the_owner(settings)
        return asyncio.run(_task(settings, given))
    except Refused as refused:
        print(f"没有做：{refused}", file=sys.stderr)
    except SQLAlchemyError as error:
        # Its message may quote a row.
        print(f"没有做完：数据库出错（{described(error)}），请看它是否在运行，再试一次。", file=sys.stderr)
    except OSError as error:
        print(f"没有做完：{error.strerror or error}（{error.filename or '连接'}）。", file=sys.stderr)
    except KeyboardInterrupt:
        print("停下了，没有做完。", file=sys.stderr)
    return 1


def _task(settings: Settings, given: argparse.Namespace) -> Coroutine[None, None, int]:
    match given.task:
        case "backup":
            return backup.command(settings, given.folder)
        case "restore":
            return restore.command(settings, given.folder, given.replace)
    return retention.command(settings, given.days)


def _must_be_the_owner(settings: Settings) -> None:
    """Make sure that the files this makes (SQLite's own beside a database, too) can be used by the product.

    Raises:
        Refused: another user runs it.
    """
    owner = settings.var.stat().st_uid if settings.var.is_dir() else os.geteuid()
    if owner != os.geteuid():
        raise Refused(
            f"{settings.var} 属于用户 {_name_of(owner)}，现在是 {_name_of(os.geteuid())}："
            f"请用运行安居答的用户来做（sudo -u {_name_of(owner)} …）。"
        )


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services")
    tasks = parser.add_subparsers(dest="task", required=True)
    parts = tasks.add_parser("backup", help="copy all that must not be lost, while the product runs")
    parts.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there yet")
    parts = tasks.add_parser("restore", help="put a backup in place of what is there")
    parts.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that backup made")
    parts.add_argument("--replace", action="store_true", help="even where there is data already, which is then lost")
    parts = tasks.add_parser("retention", help="delete conversations that nobody came back to")
    parts.add_argument("--days", type=_days, help="in place of RETENTION_DAYS")
    return parser


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_RETENTION_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} 不是天数：请写 1 到 {LONGEST_RETENTION_DAYS} 的数。")
    return int(text)
