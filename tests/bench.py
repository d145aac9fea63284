"""`make bench`: residents with thinking time against the real processes; growth over one long conversation; memory.

Figures are for this machine and this moment. The first turns of a conversation are compared with late
turns of the same conversation in the same run, because machines are noisy.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.running import Resident, Stack, running

RESIDENTS = 8
THINKING_S = 1.0
TURNS = 30
LONG_TURNS = 206
QUESTIONS = ("居住证丢了怎么补", "租房能落户吗", "在杭州积分落户要多少分", "我老婆能一起迁户口吗", "居住证到期了怎么续")
# Answers that keep a points run going: each is a turn inside the questionnaire form.
ANSWERS = ("我能积多少分", "35", "大专", "中级工", "没有", "48个月", "60个月")


async def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack:
        print(f"machine: {os.cpu_count()} cores; ready after {stack.took_s:.0f} s")
        await _warm(stack)
        each = await asyncio.gather(*(_resident(stack, number) for number in range(RESIDENTS)))
        turns = sorted(took for resident in each for took in resident)
        print(
            f"{RESIDENTS} residents, {THINKING_S} s thinking, {len(turns)} turns, half in a questionnaire: "
            f"median {statistics.median(turns) * 1000:.0f} ms, p95 {turns[int(len(turns) * 0.95)] * 1000:.0f} ms, "
            f"max {turns[-1] * 1000:.0f} ms"
        )
        await _long_conversation(stack)
        sizes = stack.memory_mb()
        print(
            "memory: "
            + ", ".join(f"{k} {v:.0f} MB" for k, v in sizes.items())
            + f"; together {sum(sizes.values()):.0f} MB"
        )


async def _warm(stack: Stack) -> None:
    async with Resident(stack.url) as resident:
        for text in (*QUESTIONS, *ANSWERS):
            await resident.say(text)


async def _resident(stack: Stack, number: int) -> list[float]:
    took = []
    async with Resident(stack.url) as resident:
        await asyncio.sleep(number * THINKING_S / RESIDENTS)
        for turn in range(TURNS):
            # Even turns of a run of answers stay in the form; then as many questions outside of it.
            cycle = turn % (2 * len(ANSWERS))
            text = ANSWERS[cycle] if cycle < len(ANSWERS) else QUESTIONS[(turn + number) % len(QUESTIONS)]
            started = time.perf_counter()
            await resident.say(text)
            took.append(time.perf_counter() - started)
            await asyncio.sleep(THINKING_S)
    return took


async def _long_conversation(stack: Stack) -> None:
    took = []
    async with Resident(stack.url) as resident:
        for turn in range(LONG_TURNS):
            text = QUESTIONS[turn % len(QUESTIONS)]
            started = time.perf_counter()
            await resident.say(text)
            took.append(time.perf_counter() - started)
            # The session is rotated after the reply; a resident is never so fast as to feel it.
            await asyncio.sleep(0.15)
    early, late = statistics.median(took[5:15]), statistics.median(took[195:205])
    print(
        f"one conversation of {LONG_TURNS} turns: turns 6–15 median {early * 1000:.1f} ms, "
        f"turns 196–205 median {late * 1000:.1f} ms, ratio {late / early:.2f}"
    )


if __name__ == "__main__":
    asyncio.run(main())
