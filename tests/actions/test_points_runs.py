"""Points in dialogue: the scheme of the place, schemes without values, lower bounds, vetoes, what was not counted."""

import pytest

from actions.explain import ActionExplain
from actions.questionnaire import ValidateQuestionnaire
from actions.results import ActionResult
from actions.runs import ActionStartRun
from actions.sheets import number, span
from tests.actions.talking import slots_of, tracker

FORM = "questionnaire_form"
HANGZHOU = "hangzhou-residence-permit-points"
RESIDENT = {
    "age": 45,
    "education": "初中及以下",
    "skill_level": "无",
    "title_level": "无",
    "social_insurance_months_hangzhou": 60,
    "residence_years_hangzhou": 5,
    "points_home": "合规出租房",
    "rent_years_hangzhou": 3,
}


def place(code):
    return [{"entity": "place", "value": code, "start": 0, "end": 2, "extractor": "PlaceMatcher"}]


def titles(dispatcher):
    return [button["title"] for button in dispatcher.messages[-1]["buttons"]]


async def start(dispatcher, text="我能积多少分", **given):
    events = await ActionStartRun().run(dispatcher, tracker(text, "start_points", **given), {})
    return {**{name: value for name, value in given.items() if name != "entities"}, **slots_of(events)}


async def finish(dispatcher, scheme, facts):
    """Show the sheet of a run that is done; give its message."""
    run = {"kind": "points", "id": scheme, "title": "", "topic": None, "asked": [], "about": 0, "done": True}
    await ActionResult().run(dispatcher, tracker("", "answer", run=run, facts=facts), {})
    return dispatcher.messages[-1]


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ("330100", HANGZHOU),
        ("330110", HANGZHOU),
        ("330206", "ningbo"),
        ("330281", "ningbo"),
        ("330784", "jinhua-yongkang"),
        ("330381", "wenzhou-ruian"),
        ("330000", "zhejiang-provincial"),
        # Counties of Hangzhou have no scheme of their own; a new district is not the whole city.
        ("330127", "zhejiang-provincial"),
        ("330900", "zhejiang-provincial"),
        ("331000", "zhejiang-provincial"),
    ],
)
async def test_the_place_chooses_the_scheme(api, dispatcher, code, scheme):
    slots = await start(dispatcher, entities=place(code))
    assert slots["run"]["id"] == scheme


async def test_the_place_of_the_conversation_counts_and_no_place_means_the_province(api, dispatcher):
    assert (await start(dispatcher, region="330106"))["run"]["id"] == HANGZHOU
    assert (await start(dispatcher))["run"]["id"] == "zhejiang-provincial"


async def test_a_place_without_a_scheme_is_told_so_before_the_provincial_questions(api, dispatcher):
    await start(dispatcher, entities=place("330604"))
    assert "没有收录" in dispatcher.messages[-1]["text"]


async def test_a_tapped_scheme_stays_and_the_scheme_of_the_place_is_offered(api, dispatcher):
    tapped = {"entity": "scheme", "value": "zhejiang-provincial", "extractor": "payload"}
    slots = await start(dispatcher, entities=[tapped], region="330106")
    assert slots["run"]["id"] == "zhejiang-provincial"
    assert any("杭州" in title for title in titles(dispatcher))


async def test_a_place_without_values_says_what_is_known_and_offers_the_provincial_estimate(api, dispatcher):
    slots = await start(dispatcher, entities=place("330326"))
    message = dispatcher.messages[-1]
    assert slots["run"] is None
    assert "没有公布的分值" in message["text"]
    assert "2024 年 3 月 26 日" in message["text"]
    assert "已经过了" in message["text"]
    assert message["custom"]["sources"]
    assert message["custom"]["outcome"]["outcome"] == "declined_no_source"
    payloads = [button["payload"] for button in message["buttons"]]
    assert any("zhejiang-provincial" in payload for payload in payloads)
    # “好的” takes the offer.
    again = await ActionStartRun().run(dispatcher, tracker("好的", "affirm", **slots), {})
    assert slots_of(again)["run"]["id"] == "zhejiang-provincial"


async def test_old_values_are_only_used_when_they_are_asked_for(api, dispatcher):
    slots = await start(dispatcher, entities=place("330781"))
    assert slots["run"] is None
    assert "没有标题和年份" in dispatcher.messages[-1]["text"]
    assert {"按省级共性指标估算", "按这份旧资料估算"} <= set(titles(dispatcher))


async def test_a_run_in_hangzhou_asks_the_main_questions_only(api, dispatcher):
    slots = await start(dispatcher, entities=place("330100"))
    events = await ValidateQuestionnaire().run(dispatcher, tracker("", "start_points", loop=FORM, **slots), {})
    slots = {**slots, **slots_of(events)}
    asked = []
    for text in ("45岁", "初中", "没有", "没有", "五年", "5年", "租的", "3年"):
        asked.append(slots["pending_field"]["field"])
        message = tracker(text, "answer", loop=FORM, **{**slots, "next_fact": text})
        slots = {**slots, **slots_of(await ValidateQuestionnaire().run(dispatcher, message, {}))}
    assert asked == list(RESIDENT)
    assert slots["pending_field"] is None
    assert slots["facts"] == RESIDENT


async def test_a_lower_bound_is_said_as_one(api, dispatcher):
    message = await finish(dispatcher, HANGZHOU, RESIDENT)
    text, sheet = message["text"], message["custom"]["sheet"]
    assert "至少 93 分" in text
    assert "最少的分" in text
    assert "不够" not in text
    assert "积分落户线 100 分" in text
    assert "没有算：" in text
    assert "无偿献血" in text
    assert sheet["total"] == "合计 至少 93 分"
    shown = {row[0]: row for row in sheet["rows"]}
    assert shown["参加社会保险"][1:3] == ["至少 30", "—"]
    assert "无偿献血" not in shown
    assert all(len(row) == 4 for row in sheet["rows"])


async def test_what_was_said_beside_the_questions_stands_in_the_sheet(api, dispatcher):
    message = await finish(dispatcher, HANGZHOU, {**RESIDENT, "blood_ml": 400, "detentions_5y": 1})
    shown = {row[0]: row for row in message["custom"]["sheet"]["rows"]}
    assert shown["无偿献血"][1] == "2"
    assert shown["5 年内行政拘留或司法拘留"][1] == "-60"
    assert shown["小计：守法诚信减分"][1] == "-60"
    assert message["custom"]["sheet"]["total"] == "合计 至少 35 分"


async def test_an_item_that_another_one_replaces_is_shown_as_not_counted(api, dispatcher):
    message = await finish(dispatcher, HANGZHOU, {**RESIDENT, "education": "高中", "skill_level": "技师"})
    shown = {row[0]: row for row in message["custom"]["sheet"]["rows"]}
    assert shown["文化程度"][1] == "不计"
    assert "只计高的一项" in shown["文化程度"][3]
    assert shown["职称或职业资格"][1] == "60"


async def test_a_veto_is_said_with_its_reason_and_without_a_score(api, dispatcher):
    message = await finish(dispatcher, HANGZHOU, {"serious_crime": True})
    assert "一票否决" in message["text"]
    assert "合计" not in message["text"]
    assert "sheet" not in message["custom"]


async def test_the_reasons_leave_out_what_nobody_spoke_of(api, dispatcher):
    await finish(dispatcher, HANGZHOU, RESIDENT)
    run = {"kind": "points", "id": HANGZHOU, "title": "", "topic": None, "asked": [], "about": 0, "done": True}
    await ActionExplain().run(dispatcher, tracker("为什么", "explain_why", run=run, facts=RESIDENT), {})
    text = dispatcher.messages[-1]["text"]
    assert "参加社会保险 至少 30 分" in text
    assert "无偿献血 0" not in text


def test_points_without_a_known_high_end_are_at_least():
    assert span({"low": 93, "high": None}) == "至少 93"
    assert number(None) == "—"
