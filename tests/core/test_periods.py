"""Months from periods with places: overlaps once, gaps shown, added across the province and no further."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields import BadFact, count_periods, load_fields
from core.knowledge import FOLDER
from core.periods import BadPeriod, count, read
from core.places import Places

PLACES = Places.load(FOLDER / "lexicon" / "places.yaml")
FIELDS = load_fields(FOLDER / "fields.yaml")
DAY = date(2026, 11, 24)


def counted(*rows, scope="province", city=None):
    periods = [dict(zip(("from", "to", "place"), row, strict=False)) for row in rows]
    return count(read(periods, PLACES, DAY), PLACES, scope, city)


def test_both_months_count_and_overlaps_once():
    assert counted(("2019-03", "2019-03", "杭州")).months == 1
    found = counted(("2019-01", "2019-12", "杭州"), ("2019-07", "2020-06", "宁波"))
    assert (found.months, found.overlapping, found.gaps) == (18, 6, ())


def test_until_now_leaves_the_running_month_out():
    assert counted(("2026-01", None, "杭州")).months == 10
    assert counted(("2026-11", None, "杭州")).months == 0


def test_gaps_are_shown_with_their_months():
    found = counted(("2020-01", "2020-06", "杭州"), ("2020-10", "2020-12", "嘉兴"))
    assert found.record()["gaps"] == [{"from": "2020-07", "to": "2020-09", "months": 3}]
    assert "中间断了：2020年7月到2020年9月（3 个月）" in found.text


def test_months_outside_the_province_count_only_where_the_delta_does():
    rows = (("2020-01", "2020-12", "上海"), ("2021-01", "2021-12", "广东"), ("2022-01", "2022-12", "温州"))
    assert counted(*rows).months == 12
    assert counted(*rows).elsewhere == 24
    assert counted(*rows, scope="delta").months == 24


def test_a_city_counts_its_counties_and_local_only_the_last_run():
    rows = (("2020-01", "2020-12", "余杭"), ("2021-01", "2021-12", "桐庐"), ("2022-01", "2022-06", "宁波"))
    assert counted(*rows, scope="city", city="330100-urban").months == 24
    broken = (("2020-01", "2020-12", "杭州"), ("2022-01", "2022-06", "杭州"))
    assert counted(*broken, scope="local", city="330100").months == 6


def test_a_period_without_a_place_counts_and_is_said():
    found = counted(("2020-01", "2020-12"))
    assert (found.months, found.unplaced) == (12, 12)
    assert "没说在哪里" in found.text


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"from": "2021-03", "to": "2020-01"}, "前后不对"),
        ({"from": "2027-03", "to": None}, "还没有到"),
        ({"from": "2020-01", "to": "2030-01"}, "还没有到"),
        ({"from": "2020-13"}, "不是一个年月"),
        ({"from": 2020}, "不是一个年月"),
        ({"to": "2020-01"}, "开始的年月"),
        ({"from": "2020-01", "place": "火星"}, "没有认出"),
        ("2020-01", "开始的年月"),
    ],
)
def test_a_period_that_cannot_be_is_refused_with_words(row, says):
    with pytest.raises(BadPeriod) as caught:
        read([row], PLACES, DAY)
    assert says in caught.value.sentence


def test_facts_given_as_periods_become_months_of_each_field():
    fields = [FIELDS["social_insurance_months_province"], FIELDS["residence_months_city"]]
    rows = [
        {"from": "2020-01", "to": "2020-12", "place": "宁波"},
        {"from": "2021-01", "to": "2021-12", "place": "余杭"},
    ]
    given_facts = {"city": "杭州", "social_insurance_months": rows, "residence_months": rows, "age": 30}
    facts, counts = count_periods(fields, given_facts, PLACES, DAY)
    assert facts["social_insurance_months_province"] == 24
    assert facts["residence_months_city"] == 12
    assert facts["age"] == 30
    assert counts["residence_months_city"].elsewhere == 12
    with pytest.raises(BadFact):
        count_periods([FIELDS["age"]], {"age": rows}, PLACES, DAY)


@pytest.mark.parametrize("place", [[], {}, ["杭州"], {"code": "330100"}, 5, True, "\0"])
def test_what_is_no_place_at_all_is_refused_with_a_sentence(place):
    with pytest.raises(BadPeriod):
        read([{"from": "2020-01", "place": place}], PLACES, DAY)


months = st.tuples(st.integers(2005, 2025), st.integers(1, 12)).map(lambda m: f"{m[0]}-{m[1]:02d}")
periods = st.lists(
    st.tuples(months, months, st.sampled_from(["杭州", "宁波", "上海", None])).map(
        lambda t: {"from": min(t[0], t[1]), "to": max(t[0], t[1]), "place": t[2]}
    ),
    max_size=8,
)


@given(periods, st.randoms(), st.sampled_from(["province", "delta", "city", "local"]))
def test_order_does_not_matter_and_more_periods_never_count_less(rows, random, scope):
    shuffled = list(rows)
    random.shuffle(shuffled)
    whole = count(read(rows, PLACES, DAY), PLACES, scope, "330100")
    assert whole == count(read(shuffled, PLACES, DAY), PLACES, scope, "330100")
    if rows and scope != "local":
        assert count(read(rows[1:], PLACES, DAY), PLACES, scope, "330100").months <= whole.months
