"""The knowledge API over the real content: outcomes, places, days, sources."""

import asyncio
from datetime import date

import pytest
from aiohttp import web

from services import errors, knowledge
from services.keys import SNAPSHOT
from services.knowledge.asking import Question
from services.knowledge.published import Published


@pytest.fixture(scope="module")
def published():
    return asyncio.run(Published.load())


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


async def test_a_topic_without_an_approved_answer_says_so_and_who_knows(client):
    reply = await ask(client, q="孩子读小学一年级要什么条件，我们是外地户口")
    assert reply["outcome"] == "declined_no_source"
    assert reply["topic"].startswith("schooling.")
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
