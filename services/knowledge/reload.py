"""The command that makes a running copy answer from the content files as they are now."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request

from services.settings import Settings

# Fitting the ranker to many new phrasings on a busy machine takes longest.
LIMIT_S = 60


def ask(settings: Settings) -> int:
    """Ask the process on INTERNAL_PORT to reload; print what is published now, or every problem.

    Returns:
        0 when the files are published, 1 when they have problems or nothing is running.
    """
    url = f"http://127.0.0.1:{settings.internal_port}/api/knowledge/reload"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=LIMIT_S) as response:
            reply = json.load(response)
    except urllib.error.HTTPError as error:
        print(json.load(error)["error"]["message"], file=sys.stderr)
        print("没有发布：正在运行的还是原来的内容。改好上面的问题再运行一次。", file=sys.stderr)
        return 1
    except (OSError, TimeoutError):
        print(
            f"端口 {settings.internal_port} 上没有正在运行的安居答。用 make run 启动；"
            "换过端口的，写成 make knowledge-reload PORT=9000。",
            file=sys.stderr,
        )
        return 1
    done = "已发布" if reply["changed"] else "内容没有变化，不用重新发布"
    print(f"{done}：快照 {reply['snapshot']}，{reply['entries']} 条。")
    return 0
