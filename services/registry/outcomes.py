"""What can come of asking the registry. A failure is an outcome, not an exception: each has its own sentence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a call ended; the first six are of the registry, the rest say what is missing before it can be asked."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    SLOW = "slow"
    DOWN = "down"
    INCONSISTENT = "inconsistent"
    NEEDS_CONSENT = "needs_consent"
    NEEDS_ID_NUMBER = "needs_id_number"
    NEEDS_CODE = "needs_code"
    NEEDS_CHALLENGE = "needs_challenge"
    NEEDS_VERIFICATION = "needs_verification"


class Reason(StrEnum):
    """Why the registry refused."""

    WRONG_CODE = "wrong_code"
    EXPIRED = "expired"
    LOCKED = "locked"
    TOO_MANY = "too_many"
    GRANT_EXPIRED = "grant_expired"


@dataclass(frozen=True)
class Result[Record]:
    """An outcome, with the record where one was found and the reason where the registry refused."""

    outcome: Outcome
    record: Record | None = None
    reason: Reason | None = None

    def without_record(self) -> "Result[Any]":
        """Give the same outcome for a caller who expects another record."""
        return Result(self.outcome, None, self.reason)
