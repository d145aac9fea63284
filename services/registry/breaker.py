"""A circuit breaker: after some failures in a row nobody waits for a registry that is gone.

Closed, calls go through. After `failures` in a row it opens, and calls are told so at once. After
`rest_s` one call may try; its success closes the circuit, its failure opens it anew.
"""

import time
from collections.abc import Callable

FAILURES = 5
REST_S = 20.0


class Breaker:
    """The state of one registry as one process sees it."""

    def __init__(
        self, failures: int = FAILURES, rest_s: float = REST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failures = 0
        self._opened: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """True while calls are refused, or only one may try."""
        return self._opened is not None

    def admits(self) -> bool:
        """Tell whether a call may go out now; each that may must end in `succeeded`, `failed` or `left`."""
        if self._opened is None:
            return True
        if self._probing or self._clock() - self._opened < self._rest_s:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The registry answered, whatever it said."""
        self._failures, self._opened, self._probing = 0, None, False

    def failed(self) -> None:
        """The registry did not answer, or with a failure of its own."""
        self._failures += 1
        self._probing = False
        if self._failures >= self._limit:
            self._opened = self._clock()

    def left(self) -> None:
        """The caller went away before an answer: nothing was learned."""
        self._probing = False
