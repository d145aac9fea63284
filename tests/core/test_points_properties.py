"""What holds for every points scheme, whatever the facts."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.fields import UNKNOWN
from core.points import NotInForce, estimate, load_schemes

SCHEMES = load_schemes(Path("knowledge/points"))
# A day on which each scheme holds: the last one of those that have ended.
DAYS = {name: scheme.period.end or date(2026, 11, 24) for name, scheme in SCHEMES.items()}
BEFORE_THE_CHANGE = date(2025, 6, 15)
HANGZHOU = "hangzhou-residence-permit-points"
CASES = [*DAYS.items(), (HANGZHOU, BEFORE_THE_CHANGE)]
COMPUTABLE = [(name, day) for name, day in CASES if SCHEMES[name].computable]


def answers(field):
    """What a resident may answer to a field, 不知道 included."""
    if field.values:
        known = st.sampled_from([value.value for value in field.values])
    else:
        top = int(min(field.maximum, 2000))
        known = st.integers(int(field.minimum), top)
    return known | st.just(UNKNOWN) if field.allow_unknown else known


def facts_of(name):
    """Facts of a scheme: any of its fields said or not."""
    return st.fixed_dictionaries({}, optional={field.id: answers(field) for field in SCHEMES[name].fields})


def complete(name, day, facts):
    """Answer whatever a sheet still asks for with the first value of the field; give the sheet."""
    facts = dict(facts)
    for _ in range(40):
        sheet = estimate(SCHEMES[name], facts, day)
        if not sheet.missing:
            return facts, sheet
        field = sheet.missing[0]
        facts[field.id] = field.values[0].value if field.values else int(field.minimum)
    raise AssertionError("a sheet that asks for ever")


def exact(number):
    return Fraction(str(number))


@pytest.mark.parametrize(("name", "day"), CASES, ids=[f"{name}-{day}" for name, day in CASES])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_limits_hold_and_a_total_is_the_sum_of_its_items_less_deductions(name, day, data):
    scheme = SCHEMES[name]
    facts, sheet = complete(name, day, data.draw(facts_of(name)))
    assert estimate(scheme, dict(reversed(list(facts.items()))), day) == sheet
    for item in sheet.items:
        assert item.reason
        assert item.sources
        if item.points is not None:
            assert item.points.high is None or item.points.low <= item.points.high
            assert item.max is None or item.points.low <= item.max
            assert item.max is None or item.points.high is None or item.points.high <= item.max
    if sheet.refused:
        assert sheet.total is None
        return
    low = Fraction(0)
    for part, subtotal in zip(scheme.parts, sheet.subtotals, strict=True):
        own = [item for item in sheet.items if item.part == part.id and item.counted]
        total = sum((exact(item.points.low) for item in own), Fraction(0))
        if part.deducts:
            assert total <= 0
        elif subtotal.max is not None:
            total = min(total, exact(subtotal.max))
        assert subtotal.low is None or exact(subtotal.low) >= total
        if not scheme.alternatives:
            assert subtotal.low is None or exact(subtotal.low) == total
        if not part.apart and subtotal.low is not None:
            low += exact(subtotal.low)
    if sheet.total is None:
        assert sheet.not_computable
        return
    if scheme.minimum is None or low >= scheme.minimum:
        assert exact(sheet.total.low) == low
    assert sheet.lower_bound == (sheet.total.high is None)
    assert sheet.total.high is None or sheet.total.low <= sheet.total.high
    for gap in sheet.gap:
        assert "不够" not in gap.text
        assert (gap.reached is False) <= (not sheet.lower_bound)


@pytest.mark.parametrize(("name", "day"), COMPUTABLE, ids=[f"{name}-{day}" for name, day in COMPUTABLE])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_more_months_and_years_never_lower_a_total(name, day, data):
    fields = [field for field in SCHEMES[name].fields if field.unit in ("个月", "年")]
    if not fields:
        return
    facts, before = complete(name, day, data.draw(facts_of(name)))
    field = data.draw(st.sampled_from(fields))
    if before.total is None or facts.get(field.id, 0) == UNKNOWN:
        return
    more = facts.get(field.id, field.default or 0) + data.draw(st.integers(1, 60))
    if more > field.maximum:
        return
    _, after = complete(name, day, {**facts, field.id: more})
    assert after.total.low >= before.total.low
    # A count that was never said, under a condition that is not known, is open above; saying it closes the range.
    if before.total.high is not None:
        assert after.total.high is None or after.total.high >= before.total.high


@pytest.mark.parametrize(("name", "day"), COMPUTABLE, ids=[f"{name}-{day}" for name, day in COMPUTABLE])
def test_what_is_optional_is_not_asked_for_but_said_aloud(name, day):
    scheme = SCHEMES[name]
    _, sheet = complete(name, day, {})
    asked = {field.id for field in scheme.fields if field.default is None}
    said = "".join(sheet.assumed)
    for item in sheet.items:
        if item.assumed:
            assert item.title in said
    assert len(asked) <= 12
    first = estimate(scheme, {}, day)
    assert all(field.default is None for field in first.missing)
    assert len(first.missing) <= 9


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if scheme.period.start])
def test_a_day_before_a_scheme_began_is_refused_and_never_zero(name):
    start = SCHEMES[name].period.start
    with pytest.raises(NotInForce) as caught:
        estimate(SCHEMES[name], {}, start - date.resolution)
    assert "不等于 0 分" in caught.value.sentence


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if not scheme.computable])
def test_a_scheme_without_values_says_so_and_gives_no_number(name):
    sheet = estimate(SCHEMES[name], {}, DAYS[name])
    assert sheet.total is None
    assert "没有公布的分值" in sheet.not_computable or "没有收录" in sheet.not_computable
    assert sheet.gap == ()
    assert sheet.advice == ()
