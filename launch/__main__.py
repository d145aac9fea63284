"""`python -m launch train|run|watch|stories`: what the Makefile calls; `part NAME` is for systemd."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

from launch.parts import ROOT, bot_environment, merged, parts
from launch.supervising import run
from launch.training import check_model, train
from launch.watchdog import watch
from services.settings import SettingsError, read


def main(arguments: list[str]) -> int:
    """Do one of the launcher's tasks; 2 for an unknown one."""
    match arguments:
        case ["train"]:
            return train()
        case ["train", "--force"]:
            return train(force=True)
        case ["run"]:
            return _run()
        case ["part", name]:
            return _part(name)
        case ["watch"]:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
            watch(os.environ)
            return 0
        case ["stories"]:
            return _stories()
    print("usage: python -m launch train [--force] | run | part NAME | watch | stories", file=sys.stderr)
    return 2


def _run() -> int:
    """Start only what can run: settings that parts would refuse one by one are told here, all at once."""
    if not _settings_are_good():
        return 2
    problem = check_model()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    return run(os.environ)


def _part(name: str) -> int:
    """Become one part, with the environment that it needs: for process managers other than ours."""
    if not _settings_are_good():
        return 2
    found = {part.name: part for part in parts(os.environ)}
    if name not in found:
        print(f"没有 {name} 这个部件，现在有：{'、'.join(found)}。", file=sys.stderr)
        return 2
    problem = check_model() if name == "bot" else None
    if problem:
        print(problem, file=sys.stderr)
        return 1
    os.chdir(ROOT)
    os.execve(found[name].command[0], found[name].command, merged(found[name]))


def _settings_are_good() -> bool:
    try:
        read(os.environ)
    except SettingsError as error:
        for fault in error.problems:
            print(f"settings: {fault}", file=sys.stderr)
        return False
    return True


def _stories() -> int:
    python = str(ROOT / "bot" / ".venv" / "bin" / "python")
    command = [python, "-m", "rasa", "test", "core", "--stories", "tests/stories", "--out", "var/stories"]
    return subprocess.run(
        [*command, "--fail-on-prediction-errors", "--model", "models/anju.tar.gz"],
        cwd=ROOT,
        env={**os.environ, **bot_environment(os.environ)},
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
