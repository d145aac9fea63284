"""The knowledge API over the real content: outcomes, places, days, sources."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from core.knowledge import FOLDER
from services import errors, knowledge
from services.keys import SNAPSHOT
from services.knowledge.asking import Question
from services.knowledge.published import Published
from tests import content

CASES = Path(__file__).resolve().parents[1] / "cases"


@pytest.fixture(scope="module")
def published():
    return content.published()


@pytest.fixture
async def client(aiohttp_client, published):
    app = web.Application(middlewares=[errors.middleware])
    app[SNAPSHOT] = published
    knowledge.setup(app)
    return await aiohttp_client(app)


async def ask(client, **body):
    response = await client.post("/api/knowledge/ask", json=body)
    assert response.status == 200, await response.text()
    return await response.json()


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("租的房子能不能把户口迁过来", "settlement.renting"),
        ("落戶以後老家的承包地還在嗎", "settlement.rural_land_rights"),
        ("居住证丢了怎么补", "residence_permit.lost"),
        ("杭州落户要多少分", "settlement.hangzhou_points"),
        ("俺老婆能跟着一起迁不", "settlement.family"),
        ("暂住证上哪办", "residence_permit.apply"),
        ("居注证过期了咋办", "residence_permit.endorsement"),
        ("房东不给我报居住登记怎么办", "residence_permit.registration"),
        ("手机上怎么出示电子居住证", "residence_permit.electronic"),
        ("我想把户口从杭州迁回老家", "settlement.move_out"),
    ],
)
async def test_a_question_gets_its_topic_with_a_source(client, text, topic):
    reply = await ask(client, q=text)
    assert (reply["outcome"], reply["topic"]) == ("answered", topic)
    assert reply["sources"][0]["title"]
    assert reply["results"][0]["topic"] == topic
    assert reply["snapshot"]


@pytest.mark.parametrize("text", ["今天天气怎么样", "帮我写首诗", "护照怎么办", "qwertyuiop", "驾照扣分怎么查"])
async def test_what_is_not_ours_is_declined_without_a_source(client, text):
    reply = await ask(client, q=text)
    assert reply["outcome"] == "declined_out_of_scope"
    assert reply["answer"]
    assert reply["sources"] == []


async def test_someone_in_danger_gets_help_first_whatever_else_is_asked(client):
    reply = await ask(client, q="老板不发工资，我不想活了，欠薪去哪投诉，居住证丢了怎么补")
    assert reply["outcome"] == "declined_out_of_scope"
    for number in ("110", "120", "12356"):
        assert number in reply["answer"]


async def test_a_topic_without_an_approved_answer_says_so_and_who_knows(aiohttp_client, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    faq = tmp_path / "knowledge" / "faq" / "schooling.compulsory_admission.yaml"
    data = yaml.safe_load(faq.read_text("utf-8"))
    faq.write_text(yaml.safe_dump({**data, "entries": []}, allow_unicode=True), "utf-8")
    app = web.Application(middlewares=[errors.middleware])
    app[SNAPSHOT] = await Published.load(tmp_path / "knowledge")
    knowledge.setup(app)
    reply = await ask(await aiohttp_client(app), topic="schooling.compulsory_admission")
    assert reply["outcome"] == "declined_no_source"
    assert "12345" in reply["answer"]


async def test_a_place_in_the_message_chooses_the_answer_of_that_place(client):
    for text, region in (("在嘉兴租房能落户吗", "330400"), ("宁波市区租房能落户吗", "330200-urban")):
        assert (await ask(client, q=text))["region"] == region


async def test_a_place_said_before_holds_until_another_is_named(client):
    assert (await ask(client, q="租房能落户吗", region="330400"))["region"] == "330400"
    assert (await ask(client, q="台州租房能落户吗", region="330400"))["region"] == "331000"


async def test_a_place_without_rules_of_its_own_gets_the_provinces_with_a_note(client):
    reply = await ask(client, q="丽水租房能落户吗")
    assert reply["region_name"] == "浙江省"
    assert any("没有收录丽水市的本地规定" in note for note in reply["notes"])


async def test_a_citys_name_alone_means_its_urban_districts_and_says_so(client):
    reply = await ask(client, q="杭州租房能落户吗")
    assert reply["region_name"] == "杭州市区"
    assert any("按杭州市区回答" in note for note in reply["notes"])


async def test_a_place_outside_the_province_is_noticed(client):
    reply = await ask(client, q="广州的居住证丢了怎么补")
    assert reply["notes"][0].startswith("您提到了广州")


async def test_the_provinces_answer_offers_the_places_that_have_their_own(client):
    reply = await ask(client, q="租房能落户吗")
    assert {"330400", "330200-urban"} <= {choice.get("region") for choice in reply["choices"]}


async def test_a_tapped_topic_or_entry_is_answered_without_words(client):
    reply = await ask(client, topic="residence_permit.lost")
    assert (reply["outcome"], reply["topic"]) == ("answered", "residence_permit.lost")
    entry = reply["choices"][-1]["entry"] if reply["choices"] else reply["entry"]
    assert (await ask(client, entry=entry))["entry"] == entry


async def test_a_few_bare_words_are_offered_as_choices(client):
    reply = await ask(client, q="户口")
    assert reply["outcome"] == "clarify_topic"
    assert 2 <= len(reply["alternatives"]) <= 3
    assert [choice["topic"] for choice in reply["choices"]] == reply["alternatives"]


async def test_an_answer_is_not_given_for_a_day_after_its_end(client):
    now = await ask(client, q="浙江落户条件", day="2026-11-24")
    assert now["outcome"] == "answered"
    later = await ask(client, entry=now["entry"], region="331100", day="2029-01-01")
    assert later["outcome"] == "declined_no_source"
    assert later["sources"] == []


async def test_every_answer_says_how_sure_where_and_from_when(client, published):
    for entry in published.snapshot.entries.values():
        reply = await ask(client, entry=entry.id)
        if reply["outcome"] == "answered":
            assert any(note.startswith("依据") for note in reply["notes"]), entry.id
            assert any("适用地区" in note for note in reply["notes"]), entry.id


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"q": ""}, 422, "empty_question"),
        ({"q": "租房", "region": "999999"}, 422, "unknown_id"),
        ({"topic": "settlement.nothing"}, 422, "unknown_id"),
        ({"q": "租房", "k": 0}, 422, "bad_body"),
        ({"q": "租房", "colour": 1}, 422, "bad_body"),
        ({"q": "长" * 2001}, 422, "bad_body"),
    ],
)
async def test_a_bad_question_is_refused_with_a_reason(client, body, status, code):
    response = await client.post("/api/knowledge/ask", json=body)
    assert response.status == status
    assert (await response.json())["error"]["code"] == code


async def test_topics_and_entries_are_listed(client):
    topics = (await (await client.get("/api/knowledge/topics")).json())["topics"]
    assert len(topics) == 84
    entry = next(topic["entries"][0]["id"] for topic in topics if topic["entries"])
    whole = await (await client.get(f"/api/knowledge/entries/{entry}")).json()
    assert whole["variants"][0]["sources"]
    assert (await client.get("/api/knowledge/entries/no.such")).status == 404


async def test_a_new_snapshot_is_swapped_in_with_its_ranker(published):
    old = published.snapshot
    await published.publish(old)
    assert published.asker is not None
    reply = published.asker.ask(_question("居住证丢了怎么补"))
    assert reply.topic == "residence_permit.lost"


def _question(text):
    return Question(text, date(2026, 11, 24))


def danger_cases(kind):
    return yaml.safe_load((CASES / "danger.yaml").read_text("utf-8"))[kind]


@pytest.mark.parametrize("text", danger_cases("help"))
async def test_someone_in_danger_gets_the_numbers_and_a_person_first(client, text):
    reply = await ask(client, q=f"{text}，还有居住证丢了怎么补，社保怎么转")
    assert reply["urgent"], reply["title"]
    for number in ("110", "120", "12356"):
        assert number in reply["answer"]
    assert (await ask(client, q=text))["urgent"]


@pytest.mark.parametrize("text", danger_cases("not_danger"))
async def test_what_only_sounds_like_danger_is_not_taken_for_it(client, text):
    assert not (await ask(client, q=text))["urgent"]


@pytest.mark.parametrize("text", danger_cases("fraud"))
async def test_a_request_to_cheat_is_declined_plainly(client, text):
    reply = await ask(client, q=text)
    assert (reply["outcome"], reply["title"]) == ("declined_out_of_scope", "造假和买卖证件")
    assert "不能帮忙" in reply["answer"]


async def test_changed_files_are_published_without_a_restart_and_broken_ones_are_not(aiohttp_client, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    faq = tmp_path / "knowledge" / "faq" / "residence_permit.lost.yaml"
    app = web.Application(middlewares=[errors.middleware])
    app[SNAPSHOT] = await Published.load(tmp_path / "knowledge")
    knowledge.setup(app)
    client = await aiohttp_client(app)
    unchanged = await (await client.post("/api/knowledge/reload")).json()
    assert not unchanged["changed"]

    text = faq.read_text("utf-8")
    question = yaml.safe_load(text)["entries"][0]["question"]
    faq.write_text(text.replace(question, "居住证丢了，怎么补一张新的？"), "utf-8")
    reply = await client.post("/api/knowledge/reload")
    assert (await reply.json())["changed"]
    answer = await ask(client, q="居住证丢了怎么补")
    assert answer["title"] == "居住证丢了，怎么补一张新的？"
    assert answer["snapshot"] != unchanged["snapshot"]

    faq.write_text("topic: 坏了\n", "utf-8")
    refused = await client.post("/api/knowledge/reload")
    assert refused.status == 422
    assert "residence_permit.lost.yaml" in (await refused.json())["error"]["message"]
    assert (await ask(client, q="居住证丢了怎么补"))["title"] == "居住证丢了，怎么补一张新的？"


async def test_an_answer_that_ended_is_not_shown_after_a_reload(aiohttp_client, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    faq = tmp_path / "knowledge" / "faq" / "residence_permit.lost.yaml"
    app = web.Application(middlewares=[errors.middleware])
    app[SNAPSHOT] = await Published.load(tmp_path / "knowledge")
    knowledge.setup(app)
    client = await aiohttp_client(app)
    entry = app[SNAPSHOT].snapshot.topics["residence_permit.lost"].entries[0]
    assert (await ask(client, entry=entry.id))["outcome"] == "answered"
    faq.write_text(
        re.sub(
            r"effective_from: .*\n( *)effective_to: .*",
            r"effective_from: null\n\1effective_to: 2024-01-01",
            faq.read_text("utf-8"),
        ),
        "utf-8",
    )
    assert (await client.post("/api/knowledge/reload")).status == 200
    assert (await ask(client, entry=entry.id))["outcome"] == "declined_no_source"


async def test_whoever_names_a_city_without_an_answer_is_offered_its_counties_only(client):
    nobody = await ask(client, entry="schooling.compulsory_admission.general")
    offered = {choice["region"] for choice in nobody["choices"] if "region" in choice}
    assert "330100-urban" in offered
    jiaxing = await ask(client, entry="schooling.compulsory_admission.general", region="330400")
    counties = [choice["region"] for choice in jiaxing["choices"] if "region" in choice]
    assert counties
    assert all(code.startswith("3304") for code in counties)
