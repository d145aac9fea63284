"""Train the dialogue model when something it learns from has changed, and record its sha256.

Knowledge entries are not among those things: the ranker in the knowledge service learns them in seconds
at its start, so a new or changed answer never waits for training.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from launch.parts import MODEL, ROOT, bot_environment

RECORD = MODEL.with_suffix("").with_suffix(".json")
LOG = ROOT / "var" / "log" / "train.log"
LEARNED_FROM = (
    *("config.yml", "domain.yml", "data", "bot/nlu", "bot/importer.py", "bot/uv.lock"),
    *("core/text.py", "core/places.py", "knowledge/fields.yaml", "knowledge/fields", "knowledge/lexicon"),
)
PROGRESS_EVERY_S = 10


def train(force: bool = False) -> int:
    """Train if needed.

    Returns:
        0 when a current model is there, 1 when training failed (the end of its log is printed).
    """
    inputs = _digest(_files())
    if not force and _is_current(inputs):
        print("==> 对话模型已是最新，不用重新训练")
        return 0
    print("==> 训练对话模型（约一两分钟）")
    LOG.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    command = [
        *(str(ROOT / "bot" / ".venv" / "bin" / "python"), "-m", "rasa", "train"),
        *("--fixed-model-name", MODEL.name.split(".")[0], "--out", str(MODEL.parent), "--force"),
    ]
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **bot_environment(os.environ)}, stdout=log, stderr=log
        )
        done = threading.Event()
        threading.Thread(target=_show_progress, args=(started, done), daemon=True).start()
        status = process.wait()
        done.set()
    if status != 0 or not MODEL.exists():
        print(f"==> 训练失败，日志在 {LOG.relative_to(ROOT)}，最后几行：", file=sys.stderr)
        print("\n".join(LOG.read_text("utf-8", "replace").splitlines()[-25:]), file=sys.stderr)
        return 1
    RECORD.write_text(json.dumps({"inputs": inputs, "sha256": _digest([MODEL])}, indent=1) + "\n", "utf-8")
    print(f"==> 训练完成，用了 {time.monotonic() - started:.0f} 秒")
    return 0


def check_model() -> str | None:
    """Say what is wrong with the model on disk, or give None: only a model that our training recorded is loaded."""
    if not MODEL.exists() or not RECORD.exists():
        return "还没有训练好的对话模型，请先运行 make train。"
    if json.loads(RECORD.read_text("utf-8")).get("sha256") != _digest([MODEL]):
        return f"{MODEL.name} 不是本机训练记录里的那一个（sha256 不符），不会加载；请运行 make train FORCE=1 重新训练。"
    return None


def _is_current(inputs: str) -> bool:
    return check_model() is None and json.loads(RECORD.read_text("utf-8")).get("inputs") == inputs


def _files() -> Iterator[Path]:
    for name in LEARNED_FROM:
        path = ROOT / name
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".pyc")
        elif path.exists():
            yield path


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        if path != MODEL:
            digest.update(path.relative_to(ROOT).as_posix().encode())
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _show_progress(started: float, done: threading.Event) -> None:
    while not done.wait(PROGRESS_EVERY_S):
        print(f"    …… 已用 {time.monotonic() - started:.0f} 秒", flush=True)
