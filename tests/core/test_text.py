"""Messages are brought to one form."""

import pytest

from core.text import normalise, strip_controls


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("４８个月", "48个月"),
        ("ＡＢＣ　ｄ", "ABC d"),
        ("居 住 证 丢 了", "居住证丢了"),
        ("  你好\u200b吗\x00 ", "你好吗"),
        ("／restart", "restart"),
        ("//restart", "restart"),
        ("/ restart", "restart"),
        ("\n\t", ""),
    ],
)
def test_a_message_is_normalised(typed, expected):
    assert normalise(typed) == expected


def test_traditional_is_left_to_the_given_converter():
    assert normalise("落戶", lambda text: text.replace("戶", "户")) == "落户"


def test_line_breaks_and_tabs_survive_the_stripping_of_controls():
    assert strip_controls("一\n二\t三\x00\x1b") == "一\n二\t三"
