"""What one indicator gives, and the sentences that all kinds share.

Points are fractions, so that 0.25 分 a month stays exact. What the resident does not know gives a range
from the least to the most that is possible, which serves better than no figure, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.fields import Fact, Field
from core.points_scheme import Indicator
from core.rules_conditions import names
from core.rules_expressions import plain


@dataclass(frozen=True)
class Advice:
    """Something that would raise an indicator to `points`; `months` until then, None where nobody can say."""

    text: str
    points: Fraction
    months: int | None


@dataclass(frozen=True)
class Score:
    """What one indicator gives.

    `low` None: no points can be given. `high` None beside a `low`: there may be more, nobody knows how much.
    `missing` names fields that the total waits for, `asks` those it does not wait for. `refused` says why the
    whole application is invalid.
    """

    low: Fraction | None
    high: Fraction | None
    reason: str
    missing: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()
    notes: tuple[str, ...] = ()
    disputed: bool = False
    refused: str | None = None

    @property
    def open(self) -> bool:
        """Tell whether the points are a lower bound only."""
        return self.low is not None and self.high is None


def exact(number: float) -> Fraction:
    """Read a number of a YAML file as it is written there."""
    return Fraction(str(number))


def limit(points: Fraction, cap: float | None) -> Fraction:
    """Hold points under a limit, None for none."""
    return points if cap is None else min(points, exact(cap))


def said(points: Fraction) -> str:
    """Write points without a needless `.0`: 5, 5.5, 9.25."""
    return f"{plain(points):g}"


def spread(low: Fraction, high: Fraction | None) -> str:
    """Write a range of points, or one figure where both ends are equal."""
    if high is None:
        return f"{said(low)} 分以上"
    return said(low) if low == high else f"{said(low)} 到 {said(high)}"


def at_most(cap: float | None) -> str:
    """Write a limit as it stands in brackets; nothing where there is none."""
    return "" if cap is None else f"（最多 {said(exact(cap))} 分）"


def counted(indicator: Indicator) -> Field:
    """Give the one field that a counting kind counts: the one that its `when` does not look at."""
    conditions = names(indicator.when)
    return next(field for field in indicator.fields if field.id not in conditions)


def ask(indicator: Indicator, wanted: Iterable[str]) -> Score:
    """Say which facts are needed, in the indicator's order."""
    missing = tuple(field.id for field in indicator.fields if field.id in set(wanted))
    titles = "、".join(field.title for field in indicator.fields if field.id in missing)
    if indicator.needed:
        return Score(None, None, f"还要知道：{titles}。", missing=missing)
    return Score(None, None, f"还没有说{titles}，这一项先没有计入。", asks=missing)


def unsure(indicator: Indicator, low: Fraction, high: Fraction | None, notes: Iterable[str] = ()) -> Score:
    """Give the range of what is possible where the resident does not know."""
    most = "最多多少没有收录" if high is None else f"最多 {said(high)} 分"
    helps = tuple(f"{field.title}：{field.help}" for field in indicator.fields if field.help)
    reason = f"这一项您不清楚，所以按最少 {said(low)} 分、{most}估算。"
    return Score(low, high, reason, notes=(*notes, *helps))


def absent(indicator: Indicator, known: Mapping[str, Fact]) -> tuple[str, ...]:
    """List the fields of an indicator that nobody has said anything about."""
    return tuple(field.id for field in indicator.fields if field.id not in known)
