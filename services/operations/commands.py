"""The tasks of an operator on the command line; each refusal is a sentence in Chinese that says what to do."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine

from sqlalchemy.exc import SQLAlchemyError

from services.logs import described
from services.operations import retention
from services.operations.refused import Refused
from services.settings import LONGEST_RETENTION_DAYS, Settings

NAMES = ("retention",)


def main(settings: Settings, arguments: list[str]) -> int:
    """Do a task; give 0 when it is done, 1 when it is refused or fails, 2 when it is not written as it must be."""
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    task: Coroutine[None, None, int] = retention.command(settings, given.days)
    try:
        return asyncio.run(task)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services")
    tasks = parser.add_subparsers(dest="task", required=True)
    parts = tasks.add_parser("retention", help="delete conversations that nobody came back to")
    parts.add_argument("--days", type=_days, help="in place of RETENTION_DAYS")
    return parser


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_RETENTION_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} 不是天数：请写 1 到 {LONGEST_RETENTION_DAYS} 的数。")
    return int(text)
