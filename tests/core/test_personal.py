"""Numbers as people type them: read where they can be meant, refused with a sentence that does not quote them."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.personal import BadNumber, id_number, one_time_code, phone
from core.privacy import check_digit

DAY = date(2026, 11, 24)
DIGITS = "33000019900101001"
NUMBER = DIGITS + check_digit(DIGITS)
WITH_X = next(n + "X" for n in (f"33000019900101{i:03}" for i in range(1000)) if check_digit(n) == "X")


@pytest.mark.parametrize(
    "typed",
    [
        WITH_X,
        WITH_X.lower(),
        f" {WITH_X[:6]} {WITH_X[6:14]} {WITH_X[14:]} ",
        "-".join(WITH_X),
        WITH_X.translate(str.maketrans("0123456789X", "０１２３４５６７８９ｘ")),
        WITH_X.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        WITH_X[:-1] + "×",
        WITH_X[:-1] + "х",
        "\u200b" + WITH_X + "\ufeff",
        WITH_X + "\n",
    ],
)
def test_an_id_number_is_read_as_people_type_it(typed):
    assert id_number(typed, DAY) == WITH_X


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "我的身份证",
        NUMBER[:-1],
        NUMBER + "1",
        NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10 if NUMBER[-1] != "X" else 1),
        "330000900101001",
        "00" + NUMBER[2:],
        "99" + NUMBER[2:],
        "330000" + "20270101" + "0010",
        "330000" + "19900230" + "0010",
        "330000" + "18991231" + "0010",
        "X" * 18,
        "3" * 5000,
        NUMBER + "\0",
        "x" + NUMBER,
    ],
)
def test_what_is_no_id_number_is_refused_without_quoting_it(typed):
    with pytest.raises(BadNumber) as caught:
        id_number(typed, DAY)
    assert caught.value.sentence.endswith("。")
    assert not typed or typed not in caught.value.sentence


def test_two_neighbours_swapped_are_noticed():
    for place in range(14, 17):
        swapped = [*NUMBER]
        swapped[place], swapped[place - 1] = swapped[place - 1], swapped[place]
        if swapped != [*NUMBER]:
            with pytest.raises(BadNumber):
                id_number("".join(swapped), DAY)


@pytest.mark.parametrize(
    "typed", ["15400000001", "154 0000 0001", "+86 154-0000-0001", "008615400000001", "１５４０００００００１"]
)
def test_a_phone_is_read_as_people_type_it(typed):
    assert phone(typed) == "15400000001"


@pytest.mark.parametrize("typed", ["", "1540000000", "154000000011", "25400000001", "0571-87654321", "12345"])
def test_what_is_no_mobile_phone_is_refused(typed):
    with pytest.raises(BadNumber):
        phone(typed)


@pytest.mark.parametrize("typed", ["123456", "123 456", "１２３４５６", " 123-456 "])
def test_a_code_is_read_as_people_type_it(typed):
    assert one_time_code(typed) == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345X", "一二三四五六"])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(BadNumber):
        one_time_code(typed)


@given(st.text(max_size=80))
def test_anything_typed_is_read_or_refused(typed):
    for read in (lambda text: id_number(text, DAY), phone, one_time_code):
        with contextlib.suppress(BadNumber):
            assert read(typed).isascii()
