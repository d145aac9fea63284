"""Personal numbers are masked in every spelling, and nothing else is."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.privacy import ID_NUMBER, MOBILE, mask

CASES = yaml.safe_load(Path("tests/cases/privacy.yaml").read_text(encoding="utf-8"))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
GAPS = st.lists(st.sampled_from(["", "", " ", "-", "　"]), min_size=17, max_size=17)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_table_of_spellings(case):
    assert mask(case["text"]).text == case.get("expect", case["text"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_masking_twice_changes_nothing(case):
    once = mask(case["text"])
    assert mask(once.text) == (once.text, ())


def test_what_was_found_is_named():
    assert mask("330106199003074517和13812345678").found == (ID_NUMBER, MOBILE)


@given(st.dates(), st.integers(0, 999), GAPS, st.booleans())
def test_an_id_number_of_any_birthday_is_masked_however_it_is_parted(day, order, gaps, full_width):
    if not 1900 <= day.year <= 2099:
        day = day.replace(year=1984)
    body = f"330106{day:%Y%m%d}{order:03d}"
    check = "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]
    written = "".join(digit + gap for digit, gap in zip(body, gaps, strict=True)) + check
    if full_width:
        written = written.translate(str.maketrans("0123456789X", "０１２３４５６７８９ｘ"))
    assert mask(f"我是{written}。").text == f"我是{ID_NUMBER}。"


@given(st.text())
def test_any_text_can_be_masked(text):
    assert isinstance(mask(text).text, str)


@pytest.mark.parametrize("text", ["1 " * 20_000, "1" * 40_000, "+86 138 " * 5_000, "3-" * 20_000])
def test_a_long_text_of_digits_takes_no_long_time(text):
    began = time.process_time()
    mask(text)
    assert time.process_time() - began < 2
