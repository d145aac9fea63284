"""Kill a part that no longer answers, so that supervisord brings it back.

supervisord sees a part that ends, but not one that is stopped or stuck: it runs and answers nobody.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Mapping
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from launch.parts import Part, Ports, parts, var_folder
from launch.supervising import socket_path, well

logger = logging.getLogger(__name__)

CHECK_EVERY_S = 2.0
# A check waits 3 s: a part is killed after about 10 s of silence, which no healthy turn (4 s at most) reaches.
SILENT_CHECKS = 3
# The bot takes 20 to 50 s to load its model; what has not answered after this is stuck too.
START_S = 120.0


def watch(environ: Mapping[str, str]) -> None:
    """Check the parts for ever."""
    folder = var_folder(environ) / f"run-{Ports.read(environ).public}"
    transport = SupervisorTransport(None, None, serverurl=f"unix://{socket_path(folder)}")
    supervisor = ServerProxy("http://127.0.0.1", transport=transport)
    silent = {part.name: Silence(part) for part in parts(environ)}
    while True:
        for silence in silent.values():
            try:
                pid = int(supervisor.supervisor.getProcessInfo(silence.part.name)["pid"])  # type: ignore[call-overload, index]
            except (OSError, Fault) as error:
                logger.warning("supervisord did not answer: %s", error)
                continue
            if silence.is_over(pid, well(silence.part), time.monotonic()):
                logger.warning("%s (pid %d) answers nobody; killed to be started anew", silence.part.name, pid)
                _kill(pid)
        time.sleep(CHECK_EVERY_S)


class Silence:
    """Counts how often in a row a part did not answer; a new process starts with a clean sheet."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._pid = 0
        self._since = 0.0
        self._was_well = False
        self._missed = 0

    def is_over(self, pid: int, well_now: bool, now: float) -> bool:
        """Take one check.

        Args:
            pid: the part's process now, 0 when there is none.
            well_now: whether it answered.
            now: seconds on a clock that only goes forward.
        Returns:
            True when the process is to be killed: it was well and has missed enough checks since, or it
            has not become well within the time that a start may take.
        """
        if pid != self._pid:
            self._pid, self._since, self._was_well, self._missed = pid, now, False, 0
        if well_now:
            self._was_well, self._missed = True, 0
        elif pid:
            self._missed += 1
        allowed = self._was_well or now - self._since > START_S
        return allowed and self._missed >= SILENT_CHECKS


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        logger.info("pid %d was gone already", pid)
