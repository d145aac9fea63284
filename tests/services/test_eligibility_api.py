"""The eligibility API over the real content: the contract, routes, and every refusal in the one error shape."""

from types import SimpleNamespace

import pytest
from aiohttp import web

from core.fields import Field
from core.knowledge import Snapshot
from services import bodies, eligibility, errors
from services.keys import SNAPSHOT


@pytest.fixture(scope="module")
def snapshot():
    return Snapshot.load()


@pytest.fixture
async def client(aiohttp_client, snapshot):
    app = web.Application(client_max_size=bodies.LIMIT_BYTES, middlewares=[errors.middleware])
    app[SNAPSHOT] = SimpleNamespace(snapshot=snapshot)
    eligibility.setup(app)
    return await aiohttp_client(app)


async def decide(client, check, facts, **more):
    response = await client.post(f"/api/eligibility/{check}", json={"facts": facts, **more})
    assert response.status == 200, await response.text()
    return await response.json()


async def test_a_decision_has_its_reason_rule_sources_and_next_step(client):
    facts = {"city": "嘉兴市", "residence_months": 15, "rent_registered_months": 7}
    decision = await decide(client, "settlement.renting", facts, day="2026-11-24")
    assert (decision["outcome"], decision["rule"], decision["missing"]) == ("eligible", "R5", [])
    assert decision["check"] == "settlement.renting"
    assert "嘉兴" in decision["reason"]
    assert decision["answer"]
    assert decision["next_step"]["text"]
    assert decision["day"] == "2026-11-24"
    assert [source["document"] for source in decision["sources"]] == ["zyrf-9791"]
    assert any(note.startswith("依据：媒体报道") for note in decision["notes"])


async def test_a_missing_fact_is_asked_for_in_words(client):
    decision = await decide(client, "settlement.any_way", {})
    assert decision["outcome"] == "need_info"
    (city,) = decision["missing"]
    field = Field.from_record(city)
    assert field.id == "city"
    assert field.check("义乌") == "330700"
    assert "？" in field.question


async def test_a_default_is_said_aloud(client):
    facts = {"age": 38, "has_residence_permit": True, "permit_city": "330106", "hz_points": 120}
    decision = await decide(client, "settlement.hangzhou_points", facts)
    assert decision["outcome"] == "eligible"
    (assumed,) = decision["assumed"]
    assert (assumed["field"], assumed["value"]) == ("serious_crime", False)
    assert "没有" in assumed["text"]


async def test_a_route_names_the_nearest_way_and_its_gap(client):
    facts = {"city": "杭州市区", "education": "初中", "skill_level": "无", "age": 36}
    facts |= {"has_residence_permit": True, "permit_city": "杭州市区", "hz_points": 88}
    decision = await decide(client, "settlement.any_way", facts)
    assert decision["outcome"] == "not_yet"
    assert decision["nearest"]["check"] == "settlement.hangzhou_points"
    assert "还差 12 分" in decision["nearest"]["gap"][0]


async def test_a_disputed_rule_says_so_and_gives_no_figure(client):
    facts = {"city": "杭州市区", "registered_months": 8, "basis": "稳定就业", "social_insurance_months": 6}
    decision = await decide(client, "residence_permit.apply", facts)
    assert decision["outcome"] == "not_yet"
    assert "资料有冲突，以当地答复为准。" in decision["notes"]
    assert not any(character.isdigit() for character in decision["reason"] + decision["answer"])


async def test_likely_is_never_said_without_naming_who_decides(client):
    decision = await decide(
        client, "settlement.outside_hangzhou", {"city": "嘉兴", "place_is_town": True, "home": "租房"}
    )
    assert decision["outcome"] == "likely"
    assert any("派出所" in note and "核实" in note for note in decision["notes"])


@pytest.mark.parametrize(
    ("check", "body", "status", "code", "said"),
    [
        ("settlement.nowhere", {}, 404, "unknown_check", "/api/eligibility"),
        ("settlement.any_way", {"facts": {"city": "上海"}}, 422, "bad_fact", "办理的城市"),
        ("settlement.any_way", {"facts": {"city": 330100}}, 422, "bad_fact", "办理的城市"),
        ("settlement.any_way", {"facts": {"city": "不知道"}}, 422, "bad_fact", "要先知道"),
        ("settlement.any_way", {"facts": {"employed_in_city": 1}}, 422, "bad_fact", "在当地有单位"),
        ("settlement.hangzhou.skill", {"facts": {"age": "36"}}, 422, "bad_fact", "年龄"),
        ("settlement.any_way", {"facts": {"city": "杭州"}, "day": "2023-01-01"}, 422, "not_in_force", "2023-05-08"),
        ("settlement.any_way", {"fact": {}}, 422, "bad_body", "fact"),
    ],
)
async def test_a_bad_request_is_refused_in_the_one_shape(client, check, body, status, code, said):
    response = await client.post(f"/api/eligibility/{check}", json=body)
    assert response.status == status
    error = (await response.json())["error"]
    assert error["code"] == code
    assert said in error["message"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"nope", 400, "bad_json"), (b'"x"', 400, "bad_json"), (b" " * 70000, 413, "too_large")],
    ids=["no JSON", "a string", "too large"],
)
async def test_a_body_that_is_no_object_or_too_large_is_refused(client, data, status, code):
    response = await client.post("/api/eligibility/settlement.any_way", data=data)
    assert response.status == status
    assert (await response.json())["error"]["code"] == code


async def test_the_checks_are_listed_with_topic_and_fields(client, snapshot):
    checks = (await (await client.get("/api/eligibility")).json())["checks"]
    listed = {check["id"]: check for check in checks}
    assert {"settlement.any_way", "residence_permit.apply", "settlement.renting"} <= listed.keys()
    assert all(check["topic"] in snapshot.topics for check in checks)
    assert all(Field.from_record(row).question for check in checks for row in check["fields"])


async def test_a_decision_always_says_in_sentences_why(client):
    facts = {"city": "绍兴市", "registered_months": 4, "basis": "稳定就业"}
    decision = await decide(client, "residence_permit.apply", facts, day="2026-11-24")
    assert "您是4个月，规定从2016-07-01起要满6个月，还差2个月" in decision["explanation"]
    assert "依据：" in decision["explanation"]
    assert "trace" not in decision


async def test_a_trace_is_given_to_whoever_asks_for_it(client):
    facts = {"city": "绍兴市", "registered_months": 4, "basis": "稳定就业"}
    decision = await decide(client, "residence_permit.apply", facts, day="2026-11-24", trace=True)
    trace = decision["trace"]
    assert (trace["rule"], trace["values"][0]["since"], trace["computed"][0]["value"]) == ("R2", "2016-07-01", 2)
    route = await decide(client, "settlement.any_way", {"city": "杭州", "education": "初中"}, trace=True)
    assert [way["state"] for way in route["trace"]["ways"]][:2] == ["closed", "undecided"]


async def test_a_trace_of_another_day_is_of_that_day_and_before_the_rules_there_is_none(client):
    facts = {"age": 38, "has_residence_permit": True, "permit_city": "330106", "hz_points": 88}
    body = {"facts": facts, "trace": True}
    decision = await decide(client, "settlement.hangzhou_points", facts, day="2023-05-08", trace=True)
    assert decision["trace"]["day"] == "2023-05-08"
    response = await client.post("/api/eligibility/settlement.hangzhou_points", json={**body, "day": "2023-05-07"})
    assert response.status == 422
    assert "从 2023-05-08 起才有收录的规定" in (await response.json())["error"]["message"]
    response = await client.post("/api/eligibility/settlement.hangzhou_points", json={"facts": facts, "trace": "maybe"})
    assert (response.status, (await response.json())["error"]["code"]) == (422, "bad_body")
