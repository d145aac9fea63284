"""Places of Zhejiang are found in text and looked up most specific first."""

import pytest

from core.knowledge import FOLDER
from core.places import Places
from core.yamlfile import KnowledgeError


@pytest.fixture(scope="module")
def places():
    return Places.load(FOLDER / "lexicon" / "places.yaml")


def test_every_city_and_county_of_the_province_is_there(places):
    codes = [code for code in places.codes() if "-" not in code]
    assert len([code for code in codes if code.endswith("00") and code != "330000"]) == 11
    assert len([code for code in codes if not code.endswith("00")]) == 90


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我在浙江杭州余杭打工", "330110"),
        ("嘉兴市能落户吗", "330400"),
        ("永康的积分怎么算", "330784"),
        ("临平区居住证", "330113"),
        ("杭州市区买了房", "330100-urban"),
        ("从绍兴搬到宁波市区", "330200-urban"),
        ("景宁畲族自治县", "331127"),
        ("下沙这边", "330114"),
    ],
)
def test_the_most_specific_place_of_a_message_is_its_region(places, text, code):
    assert places.region(text).code == code


def test_a_home_province_is_not_the_place_that_is_asked_about(places):
    assert places.region("我是河南周口人，在温州上班").code == "330300"
    assert places.region("我是河南人") is None


@pytest.mark.parametrize(
    ("code", "chain"),
    [
        ("330106", ["330106", "330100-urban", "330100", "330000"]),
        ("330100", ["330100", "330100-urban", "330000"]),
        ("330122", ["330122", "330100", "330000"]),
        ("330000", ["330000"]),
    ],
)
def test_rules_are_looked_up_from_the_place_to_the_province(places, code, chain):
    assert places.chain(code) == chain


def test_a_parent_that_does_not_exist_is_named(tmp_path):
    path = tmp_path / "places.yaml"
    path.write_text('places:\n  - {code: "330100", name: 杭州市, parent: "99"}\noutside: []\n', "utf-8")
    with pytest.raises(KnowledgeError, match=r"places\.yaml:2: parent '99' is no code"):
        Places.load(path)
