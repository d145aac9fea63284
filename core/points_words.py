"""What is said beside the numbers: what the total rests on, what would raise it, how far a published line is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from core.fields import Fact
from core.points_scheme import About, Cutoff, Indicator, Scheme, Window
from core.points_score import Advice, Score, exact, said, spread
from core.points_total import Sum, Total, add_up
from core.rules_expressions import plain

ADVICE_SHOWN = 5
# An exam or a degree takes about so long; only used to order advice.
STUDY_MONTHS = 24
NO_VALUES = "没有公布的分值（至少我这里没有收录），所以算不了分。不能估算不等于您没有分。"


@dataclass(frozen=True)
class Gap:
    """The distance of the total from a published line, None where only a lower bound of the total is known."""

    purpose: str
    points: int | float
    year: int
    reached: bool | None
    low: int | float | None
    high: int | float | None
    text: str


def gaps(scheme: Scheme, whole: Sum, day: date) -> tuple[Gap, ...]:
    """Compare a total with the latest line of each purpose that was published by then."""
    latest: dict[str, Cutoff] = {}
    for cutoff in scheme.cutoffs:
        if cutoff.year <= day.year and cutoff.year >= latest.get(cutoff.purpose, cutoff).year:
            latest[cutoff.purpose] = cutoff
    return tuple(_gap(cutoff, whole, day) for cutoff in latest.values())


def _gap(cutoff: Cutoff, whole: Sum, day: date) -> Gap:
    line = exact(cutoff.points)
    least = None if whole.high is None else max(Fraction(0), line - whole.high)
    most = max(Fraction(0), line - whole.low)
    name = f" {cutoff.period}公布的{cutoff.purpose}线 {said(line)} 分"
    if most == 0:
        reached, text = True, f"按这里的估算，已经到了{name}。"
    elif least is None:
        reached = None
        text = f"这里算的是最少的分，比{name}低 {said(most)} 分；实际的分可能更高，请查官方的分数再看。"
    elif least == 0:
        reached, text = None, f"按这里的估算，可能已经到了{name}，最多还差 {said(most)} 分。"
    else:
        reached, text = False, f"按这里的估算，离{name}还差 {spread(least, most)} 分。"
    if cutoff.year < day.year:
        text += f"{day.year} 年的线没有收录，以当地公布的为准。"
    ends = (None if least is None else plain(least), plain(most))
    return Gap(cutoff.purpose, cutoff.points, cutoff.year, reached, *ends, text + (cutoff.note or ""))


def advice(scheme: Scheme, scores: Mapping[str, Score], total: Total, day: date) -> tuple[str, ...]:
    """Say what would raise the total, what helps most in a year first; what would not raise it is left out."""
    if total.whole is None:
        return ()
    found: list[tuple[Fraction, int, str]] = []
    for order, (name, score) in enumerate(scores.items()):
        for each in score.advice:
            gain = _raise(scheme, scores, name, each, total.whole, day)
            if gain > 0:
                promised = each.points - (score.low or Fraction(0))
                less = f"总分因为有上限或只计高的一项，实际多 {said(gain)} 分。" if gain < promised else ""
                months = each.months if each.months is not None else STUDY_MONTHS
                found.append((-gain * 12 / max(months, 12), order, each.text + less))
                break
    return tuple(text for _, _, text in sorted(found)[:ADVICE_SHOWN])


def _raise(scheme: Scheme, scores: Mapping[str, Score], name: str, each: Advice, whole: Sum, day: date) -> Fraction:
    score = scores[name]
    better = replace(score, low=each.points, high=None if score.high is None else max(each.points, score.high))
    after = add_up(scheme, {**scores, name: better}, day).whole
    return Fraction(0) if after is None else after.low - whole.low


def is_assumed(indicator: Indicator, facts: Mapping[str, Fact]) -> bool:
    """Tell whether an indicator stands at its default since nobody said anything about it."""
    return indicator.optional and not any(field.id in facts for field in indicator.fields)


def assumed(scheme: Scheme, scores: Mapping[str, Score], facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Say aloud which indicators were taken as none."""
    deducting = {part.id for part in scheme.parts if part.deducts}
    left = [each for each in scheme.indicators if each.id in scores and is_assumed(each, facts)]
    gained = [each.title for each in left if each.part not in deducting]
    taken = [each.title for each in left if each.part in deducting]
    found = []
    if gained:
        found.append(f"没有算：{'、'.join(gained)}，有的话告诉我。")
    if taken:
        found.append(f"当作没有：{'、'.join(taken)}；有的话请告诉我，这些会扣分或者使申请作废。")
    return tuple(found)


def notes(scheme: Scheme, scores: Mapping[str, Score]) -> tuple[str, ...]:
    """Say what the total rests on: gaps first, then assumptions, disagreements and the scheme's own notes."""
    found = []
    for each in scheme.indicators:
        score = scores.get(each.id)
        if (
            score is not None
            and score.low is None
            and not score.refused
            and each.kind not in ("listed", "deduct", "veto")
        ):
            found.append(f"总分没有包含“{each.title}”这一项：{score.reason}")
    for each in scheme.indicators:
        score = scores.get(each.id)
        if score is None:
            continue
        found.extend(score.notes)
        if score.disputed and score.low is not None:
            span = spread(score.low, score.high)
            found.append(f"“{each.title}”资料有冲突，所以给出 {span} 分的范围，以当地答复为准。")
    found.extend(scheme.notes)
    return tuple(dict.fromkeys(found))


def about(scheme: Scheme, day: date) -> tuple[About, ...]:
    """Give what is known beside the points; past times to apply are called past."""
    by_title: dict[str, list[Window]] = {}
    for window in scheme.windows:
        by_title.setdefault(window.title, []).append(window)
    found = list(scheme.about)
    for title, windows in by_title.items():
        # Of years past, the last one is enough to know the season.
        newest = max((row.end.year for row in windows if row.end is not None), default=0)
        rows = [row for row in windows if row.end is None or row.end.year == newest]
        texts = [_window(row, day) for row in rows]
        past = all(row.end is not None and row.end < day for row in rows)
        text = "；".join(texts) + "。" + ("都是过去的时间，以后的没有收录，请问当地窗口。" if past else "")
        found.append(About(title, text, tuple(dict.fromkeys(d for row in rows for d in row.documents))))
    return tuple(found)


def _window(window: Window, day: date) -> str:
    if window.start is None or window.end is None:
        return window.every or ""
    state = "已经过了" if window.end < day else "还没开始" if window.start > day else "正在受理"
    start, end = window.start, window.end
    year = "" if end.year == start.year else f"{end.year} 年 "
    days = f"{start.year} 年 {start.month} 月 {start.day} 日至 {year}{end.month} 月 {end.day} 日"
    return f"{days}（{state}）"
