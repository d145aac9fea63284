"""The main job over the real processes: ask, be declined kindly, estimate points, check eligibility."""

import aiohttp
import pytest

pytestmark = pytest.mark.stack


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("租的房子能不能把户口迁过来", {"settlement.renting"}),
        ("落戶以後老家的承包地還在嗎", {"settlement.rural_land_rights"}),
        ("居住证丢了怎么补", {"residence_permit.lost"}),
        ("杭州落户要多少分", {"settlement.hangzhou_points"}),
        ("俺老婆能跟着一起迁不", {"settlement.family"}),
        ("暂住证上哪办", {"residence_permit.apply"}),
    ],
)
async def test_a_question_gets_an_answer_of_its_topic_with_source_place_and_dates(resident, text, topics):
    (answer,) = await resident.say(text)
    assert answer["outcome"]["outcome"] == "answered"
    assert answer["outcome"]["topic"] in topics
    assert answer["sources"]
    assert all(source["title"] for source in answer["sources"])
    assert any("适用地区" in note and "最近核对" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("text", "outcome", "says"),
    [
        ("今天天气怎么样", "declined_out_of_scope", ""),
        ("帮我写首诗", "declined_out_of_scope", ""),
        ("护照怎么办", "declined_out_of_scope", "12367"),
    ],
)
async def test_what_is_not_ours_is_declined_kindly(resident, text, outcome, says):
    (answer,) = await resident.say(text)
    assert answer["outcome"]["outcome"] == outcome
    assert says in answer["text"]
    assert not answer["sources"]


POINTS = [
    (
        {"age": 35, "education": "大专", "skill_level": "中级工", "title_level": "无", "insured": 48, "resident": 60},
        "72",
    ),
    (
        {"age": 46, "education": "高中", "skill_level": "初级工", "title_level": "无", "insured": 23, "resident": 37},
        "37.75～42.75",
    ),
    (
        {"age": 24, "education": "本科", "skill_level": "高级工", "title_level": "无", "insured": 11, "resident": 14},
        "47",
    ),
    (
        {
            "age": 40,
            "education": "硕士",
            "skill_level": "无",
            "title_level": "中级职称",
            "insured": 60,
            "resident": 120,
        },
        "100",
    ),
]


@pytest.mark.parametrize(("facts", "total"), POINTS, ids=[total for _, total in POINTS])
async def test_points_are_estimated_in_dialogue_with_a_sheet(resident, facts, total):
    last = (await resident.say("我能积多少分"))[-1]
    for _ in range(10):
        if last.get("sheet"):
            break
        assert last["progress"]["number"] <= last["progress"]["about"]
        last = (await resident.say(_reply(last["text"], facts)))[-1]
    assert last["outcome"]["outcome"] == "points_estimated"
    assert total in last["sheet"]["total"]
    assert len(last["sheet"]["rows"]) >= 5
    assert last["sources"]


def _reply(question: str, facts: dict) -> str:
    """Answer the open question from the person's facts, as someone would type it."""
    words = {
        "周岁": f"{facts['age']}岁",
        "学历": facts["education"],
        "职称": facts["title_level"],
        "技能": facts["skill_level"],
        "社保": f"{facts['insured']}个月",
        "居住": f"{facts['resident']}个月",
    }
    # The second line explains the question and may name other things.
    asked = question.split("\n")[0]
    for word, reply in words.items():
        if word in asked:
            return reply
    raise AssertionError(f"an unexpected question: {question}")


@pytest.mark.parametrize(("facts", "total"), POINTS, ids=[total for _, total in POINTS])
async def test_points_are_estimated_through_the_api(stack, facts, total):
    named = {
        "age": facts["age"],
        "education": facts["education"],
        "skill_level": facts["skill_level"],
        "title_level": facts["title_level"],
        "social_insurance_months": facts["insured"],
        "residence_months": facts["resident"],
    }
    url = f"http://127.0.0.1:{stack.port + 3}/api/points/estimate"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"scheme": "zhejiang-provincial", "facts": named}) as response,
    ):
        sheet = await response.json()
    low, _, high = total.partition("～")
    assert sheet["total"] == {"low": float(low), "high": float(high or low)}
    assert sheet["missing"] == []


async def test_a_question_in_the_middle_is_answered_and_the_run_goes_on(resident):
    first = (await resident.say("我能积多少分"))[-1]
    during = await resident.say("居住证丢了怎么补")
    assert any(message["outcome"]["topic"] == "residence_permit.lost" for message in during if message["outcome"])
    assert during[-1]["progress"] == first["progress"]
    after = (await resident.say("35岁"))[-1]
    assert after["progress"]["number"] == first["progress"]["number"] + 1


async def test_one_eligibility_question_is_decided(resident):
    last = (await resident.say("我能办居住证吗"))[-1]
    replies = {"凭": "稳定住所", "登记": "7个月", "哪": "嘉兴市"}
    for _ in range(8):
        if last["outcome"] and last["outcome"]["outcome"] == "eligibility_decided":
            break
        asked = last["text"].split("\n")[0]
        last = (await resident.say(next(reply for word, reply in replies.items() if word in asked)))[-1]
    assert last["outcome"]["outcome"] == "eligibility_decided"
    assert "符合" in last["text"]
    assert last["sources"]


async def test_personal_numbers_are_stored_nowhere(stack, resident):
    await resident.say("我的身份证是11010519491231002X，手机13812345678，居住证丢了怎么补")
    stored = b"".join(path.read_bytes() for path in stack.var.rglob("*") if path.is_file())
    assert b"residence_permit.lost" in stored
    assert b"11010519491231002X" not in stored
    assert b"13812345678" not in stored
