"""The actions over the real internal API: answers, runs, interruptions, corrections, sessions."""

import pathlib
import re

import pytest
import yaml

from actions.answers import ActionAnswer
from actions.corrections import ActionCorrectFact
from actions.explain import ActionExplain
from actions.facts import explain_refusal
from actions.handoff import ActionHandoff
from actions.questionnaire import ActionAskNextFact, ValidateQuestionnaire
from actions.results import ActionResult, span
from actions.runs import ActionStartOver, ActionStartRun, ActionStop
from actions.session import ActionSessionStart
from actions.small_talk import TEXTS, ActionSmallTalk
from tests.actions.talking import slots_of, tracker

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORM = "questionnaire_form"


async def start(dispatcher, text, intent, **given):
    """Start a run and open its first question; give the slots."""
    events = await ActionStartRun().run(dispatcher, tracker(text, intent, **given), {})
    slots = {**given, **slots_of(events)}
    slots.pop("entities", None)
    events = await ValidateQuestionnaire().run(dispatcher, tracker(text, intent, loop=FORM, **slots), {})
    return {**slots, **slots_of(events)}


async def reply(dispatcher, slots, text, intent="answer", **given):
    """Answer the open question; give the slots after it."""
    message = tracker(text, intent, loop=FORM, **{**slots, "next_fact": text}, **given)
    events = await ValidateQuestionnaire().run(dispatcher, message, {})
    return {**slots, **slots_of(events)}


def payload(check):
    """Give what a tapped button that starts a check carries."""
    return {"entities": [{"entity": "check", "value": check, "extractor": "payload"}]}


def custom(dispatcher, index=-1):
    return dispatcher.messages[index]["custom"]


def test_every_action_of_the_domain_exists_and_the_other_way_round():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    written = set()
    for path in (ROOT / "actions").glob("*.py"):
        written |= set(re.findall(r'NAME = f?"([^"]+)"', path.read_text("utf-8")))
    assert {name.replace("{FORM}", FORM) for name in written} == set(domain["actions"])


async def test_a_question_is_answered_with_source_notes_and_a_next_step(api, dispatcher):
    events = await ActionAnswer().run(dispatcher, tracker("租的房子能不能把户口迁过来"), {})
    message = dispatcher.messages[0]
    assert message["custom"]["outcome"]["topic"] == "settlement.renting"
    assert message["custom"]["sources"][0]["title"]
    assert "下一步" in message["text"]
    assert any(button["payload"].startswith("/start_check") for button in message["buttons"])
    assert slots_of(events)["last_topic"] == "settlement.renting"


async def test_a_place_alone_asks_the_last_question_for_that_place(api, dispatcher):
    entities = [{"entity": "place", "value": "330400", "start": 1, "end": 3, "extractor": "PlaceMatcher"}]
    last = {"last_entry": "settlement.renting.general", "last_question": "租房能落户吗"}
    events = await ActionAnswer().run(dispatcher, tracker("那嘉兴呢", entities=entities, **last), {})
    assert custom(dispatcher)["outcome"]["entry"] == "settlement.renting.general"
    assert slots_of(events)["region"] == "330400"


async def test_a_place_alone_after_choices_asks_the_last_question_there(api, dispatcher):
    entities = [{"entity": "place", "value": "330200", "start": 1, "end": 3, "extractor": "PlaceMatcher"}]
    last = {"last_question": "租房能落户吗"}
    events = await ActionAnswer().run(dispatcher, tracker("那宁波呢", entities=entities, **last), {})
    assert custom(dispatcher)["outcome"]["topic"] == "settlement.renting"
    assert "last_question" not in slots_of(events)


async def test_a_declined_question_offers_a_person_and_has_no_source(api, dispatcher):
    await ActionAnswer().run(dispatcher, tracker("护照怎么办"), {})
    assert custom(dispatcher)["outcome"]["outcome"] == "declined_out_of_scope"
    assert "sources" not in custom(dispatcher)
    assert "找人工" in [button["title"] for button in dispatcher.messages[0]["buttons"]]


async def test_a_points_run_asks_what_is_missing_and_ends_with_the_sheet(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    asked = []
    for text in ("35岁", "大专", "中级工", "四年", "五年"):
        asked.append(slots["pending_field"]["field"])
        slots = await reply(dispatcher, slots, text)
    assert asked[:3] == ["age", "education", "skill_level"]
    assert slots["pending_field"] is None
    await ActionResult().run(dispatcher, tracker("", "answer", **slots), {})
    assert custom(dispatcher)["sheet"]["total"] == "合计 72 分"
    assert custom(dispatcher)["outcome"]["outcome"] == "points_estimated"


async def test_the_open_question_shows_its_number_and_choices(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    slots = await reply(dispatcher, slots, "35岁")
    await ActionAskNextFact().run(dispatcher, tracker("35岁", "answer", loop=FORM, **slots), {})
    assert custom(dispatcher)["progress"] == {"number": 2, "about": 6}
    titles = [button["title"] for button in dispatcher.messages[-1]["buttons"]]
    assert {"大专", "不知道", "先不算了"} <= set(titles)


@pytest.mark.parametrize(("text", "says"), [("四百六十岁", "1 到 120"), ("嗯嗯呃", "数字")])
async def test_an_answer_that_cannot_be_is_explained_and_asked_again(api, dispatcher, text, says):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    after = await reply(dispatcher, slots, text)
    assert after["pending_field"]["field"] == "age"
    assert "age" not in after["facts"]
    assert says in dispatcher.messages[-1]["text"]


async def test_a_question_in_the_middle_is_answered_and_nothing_is_lost(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    slots = await reply(dispatcher, slots, "35岁")
    after = await reply(dispatcher, slots, "居住证丢了怎么补", intent="ask_topic")
    assert custom(dispatcher)["outcome"]["topic"] == "residence_permit.lost"
    assert after["pending_field"]["field"] == "education"
    assert after["facts"] == {"age": 35}


async def test_someone_in_danger_is_heard_in_the_middle_of_a_run(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    await reply(dispatcher, slots, "我不想活了", intent="correct_fact")
    assert "12356" in dispatcher.messages[-1]["text"]


async def test_an_act_that_is_no_answer_is_left_to_its_rule(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    assert await ValidateQuestionnaire().run(dispatcher, tracker("先不算了", "stop", loop=FORM, **slots), {}) == []


async def test_an_answer_that_sounds_like_an_end_is_an_answer(api, dispatcher):
    slots = await start(dispatcher, "", "start_check", **payload("labour.unpaid_wages.next_steps"))
    assert slots["pending_field"]["field"] == "still_employed"
    after = await reply(dispatcher, slots, "不在了", intent="stop")
    assert after["facts"]["still_employed"] is False


@pytest.mark.parametrize("text", ["先不算了", "算了不弄了", "停", "不想回答了", "退出", ""])
async def test_an_end_that_is_meant_is_left_to_its_rule(api, dispatcher, text):
    slots = await start(dispatcher, "", "start_check", **payload("labour.unpaid_wages.next_steps"))
    message = tracker(text, "stop", loop=FORM, **{**slots, "next_fact": text or "/stop"})
    events = await ValidateQuestionnaire().run(dispatcher, message, {})
    assert [event["event"] for event in events] == ["action_execution_rejected"]


async def test_a_number_is_corrected_by_what_it_was(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    for text in ("35岁", "大专", "中级工", "36个月"):
        slots = await reply(dispatcher, slots, text)
    slots = await reply(dispatcher, slots, "不是36个月，是48个月", intent="correct_fact")
    assert slots["facts"]["social_insurance_months_province"] == 48
    assert slots["pending_field"]["field"] == "residence_months_province"


async def test_a_fact_is_corrected_by_its_name_after_the_result(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    for text in ("35岁", "大专", "中级工", "四年", "五年"):
        slots = await reply(dispatcher, slots, text)
    events = await ActionCorrectFact().run(dispatcher, tracker("年龄改成50岁", "correct_fact", **slots), {})
    assert slots_of(events)["facts"]["age"] == 50
    assert slots_of(events)["run"]["done"] is False


async def test_what_stands_in_the_starting_message_is_not_asked(api, dispatcher):
    entities = [
        {"entity": "age", "value": "35岁", "start": 1, "end": 4, "extractor": "SpacyEntities"},
        {"entity": "education", "value": "大专", "start": 4, "end": 6, "extractor": "SpacyEntities"},
    ]
    slots = await start(dispatcher, "我35岁大专能积多少分", "start_points", entities=entities)
    assert slots["facts"] == {"age": 35, "education": "大专"}
    assert slots["pending_field"]["field"] == "skill_level"


async def test_a_check_is_decided_with_reason_source_and_next_step(api, dispatcher):
    slots = await start(dispatcher, "我能办居住证吗", "start_check")
    for text in ("嘉兴市", "7个月", "稳定住所"):
        slots = await reply(dispatcher, slots, text)
    await ActionResult().run(dispatcher, tracker("", "answer", **slots), {})
    text = dispatcher.messages[-1]["text"]
    assert "：符合。" in text
    assert "原因：" in text
    assert "下一步：" in text
    assert custom(dispatcher)["sources"]


async def test_facts_known_before_are_said_back(api, dispatcher):
    await start(dispatcher, "我能积多少分", "start_points", facts={"age": 35})
    assert "年龄：35 周岁" in dispatcher.messages[0]["text"]


async def test_starting_over_forgets_the_facts(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points", facts={"age": 35})
    events = await ActionStartOver().run(dispatcher, tracker("从头来", "start_over", loop=FORM, **slots), {})
    assert slots_of(events)["facts"] == {}
    assert custom(dispatcher)["facts"] == {}


async def test_stopping_offers_to_go_on_later(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    await ActionStop().run(dispatcher, tracker("先不算了", "stop", loop=FORM, **slots), {})
    assert dispatcher.messages[-1]["buttons"][0]["payload"].startswith("/start_points")


async def test_why_gives_the_reasons_of_the_result(api, dispatcher):
    slots = await start(dispatcher, "我能积多少分", "start_points")
    for text in ("35岁", "大专", "中级工", "四年", "五年"):
        slots = await reply(dispatcher, slots, text)
    await ActionExplain().run(dispatcher, tracker("为什么", "explain_why", **slots), {})
    assert "社保缴纳 24 分" in dispatcher.messages[-1]["text"]


async def test_a_person_is_named_by_phone(dispatcher):
    await ActionHandoff().run(dispatcher, tracker("人工", "human_handoff"), {})
    assert "12345" in dispatcher.messages[0]["text"]
    assert custom(dispatcher)["outcome"]["outcome"] == "handoff_requested"


@pytest.mark.parametrize("intent", sorted(TEXTS))
async def test_every_act_of_talk_has_words(dispatcher, intent):
    await ActionSmallTalk().run(dispatcher, tracker("x", intent), {})
    assert dispatcher.messages[0]["text"] == TEXTS[intent]


async def test_a_new_session_writes_each_slot_once_and_keeps_the_form(dispatcher):
    kept = {"facts": {"age": 35}, "run": {"id": "x"}, "next_fact": "/session_start"}
    message = tracker("/session_start", "session_start", loop=FORM, **kept)
    message.latest_message["metadata"] = {"facts": {"age": 36}, "region": "330400"}
    events = await ActionSessionStart().run(dispatcher, message, {})
    names = [event["name"] for event in events if event["event"] == "slot"]
    assert len(names) == len(set(names))
    slots = slots_of(events)
    assert slots["facts"] == {"age": 36}, "the front door owns the facts"
    assert slots["region"] == "330400"
    assert slots["next_fact"] is None, "the message itself must not fill the open question"
    assert events[0]["event"] == "session_started"
    assert {"event": "active_loop", "timestamp": None, "name": FORM} in events
    assert events[-1]["event"] == "action"


@pytest.mark.parametrize(
    ("kind", "sentence"), [("date", "年月日，比如“2012年6月1日”"), ("month", "年和月，比如“1976年9月”")]
)
def test_a_day_that_was_not_understood_is_asked_for_with_an_example(kind, sentence):
    record = {"field": "born", "title": "出生日期", "ask": "什么时候出生？", "type": kind}
    assert sentence in explain_refusal(record, "那年下大雪")


def test_points_are_said_without_needless_zeros():
    assert span({"low": 30, "high": 30.0}) == "30"
    assert span({"low": 37.75, "high": 42.75}) == "37.75～42.75"
    assert span(None) == "暂不能算"


async def test_words_that_start_a_check_are_answered_first_and_then_asked_about(api, dispatcher):
    slots = await start(dispatcher, "我能领失业金吗，能领几个月", "start_check")
    assert slots["run"]["id"] == "insurance.unemployment.eligible"
    assert slots["pending_field"]["field"] == "unemployment_contribution_months"
    assert dispatcher.messages[0]["custom"]["sources"], "the approved answer comes first"
    assert "一个一个问" in dispatcher.messages[1]["text"]


async def test_yes_to_an_offered_check_starts_it(api, dispatcher):
    offered = slots_of(await ActionAnswer().run(dispatcher, tracker("租的房子能不能把户口迁过来"), {}))["offered"]
    assert offered == {"check": "settlement.any_way"}
    events = await ActionSmallTalk().run(dispatcher, tracker("好的", "affirm", offered=offered), {})
    assert [event["name"] for event in events] == ["action_start_run"]
    events = await ActionStartRun().run(dispatcher, tracker("好的", "affirm", offered=offered), {})
    assert slots_of(events)["run"]["id"] == "settlement.any_way"
    assert events[-1] == {"event": "followup", "timestamp": None, "name": FORM}


async def test_yes_to_nothing_in_particular_starts_nothing(api, dispatcher):
    assert await ActionSmallTalk().run(dispatcher, tracker("好的", "affirm"), {}) == []
    assert custom(dispatcher)["outcome"]["outcome"] == "small_talk"


def entity(text, words, name, value):
    at = text.index(words)
    return {"entity": name, "value": value, "start": at, "end": at + len(words), "extractor": "SpacyEntities"}


async def test_what_is_said_in_passing_is_kept_and_said_back(api, dispatcher):
    text = "我今年35岁，大专毕业，在杭州租房能落户吗"
    entities = [entity(text, "35岁", "age", "35岁"), entity(text, "大专", "education", "大专")]
    events = await ActionAnswer().run(dispatcher, tracker(text, entities=entities), {})
    assert slots_of(events)["facts"] == {"age": 35, "education": "大专"}
    assert any("我记下了您说的：35岁、大专" in note for note in custom(dispatcher)["notes"])


@pytest.mark.parametrize("text", ["35岁以下大专能落户杭州吗", "大专35岁的人可以落户吗", "我孩子16岁的孩子能落户吗"])
async def test_what_is_not_said_of_oneself_is_not_kept(api, dispatcher, text):
    words = "16岁" if "16岁" in text else "35岁"
    events = await ActionAnswer().run(dispatcher, tracker(text, entities=[entity(text, words, "age", words)]), {})
    assert "facts" not in slots_of(events)
