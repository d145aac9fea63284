"""The points API over the real content: the contract, and every refusal in the one error shape."""

from types import SimpleNamespace

import pytest
from aiohttp import web

from core.fields import Field
from core.knowledge import Snapshot
from services import bodies, errors, points
from services.keys import SNAPSHOT

FACTS = {"age": 35, "education": "大专", "skill_level": "中级工", "social_insurance_months": 48, "residence_months": 60}


@pytest.fixture(scope="module")
def snapshot():
    return Snapshot.load()


@pytest.fixture
async def client(aiohttp_client, snapshot):
    app = web.Application(client_max_size=bodies.LIMIT_BYTES, middlewares=[errors.middleware])
    app[SNAPSHOT] = SimpleNamespace(snapshot=snapshot)
    points.setup(app)
    return await aiohttp_client(app)


async def estimate(client, facts, scheme="zhejiang-provincial", **more):
    body = {"scheme": scheme, "facts": facts, **more}
    response = await client.post("/api/points/estimate", json=body)
    assert response.status == 200, await response.text()
    return await response.json()


@pytest.mark.parametrize(
    ("facts", "low", "high"),
    [
        (FACTS, 72, 72),
        (
            {
                **{"age": 46, "education": "高中", "skill_level": "初级工"},
                **{"social_insurance_months": 23, "residence_months": 37},
            },
            37.75,
            42.75,
        ),
        (
            {
                **{"age": 24, "education": "本科", "skill_level": "高级工"},
                **{"social_insurance_months": 11, "residence_months": 14},
            },
            47,
            47,
        ),
        (
            {
                **{"age": 40, "education": "硕士", "title_level": "中级职称"},
                **{"social_insurance_months": 60, "residence_months": 120},
            },
            100,
            100,
        ),
    ],
)
async def test_the_total_is_the_known_one(client, facts, low, high):
    sheet = await estimate(client, facts)
    assert sheet["missing"] == []
    assert sheet["total"] == {"low": low, "high": high}


async def test_the_sheet_has_items_reasons_advice_and_sources(client):
    sheet = await estimate(client, FACTS, day="2024-05-01")
    assert sheet["day"] == "2024-05-01"
    insurance = next(item for item in sheet["items"] if item["id"] == "social_insurance")
    assert insurance["points"] == {"low": 24, "high": 24}
    assert insurance["max"] == 30
    assert "每满一个月 0.5 分" in insurance["reason"]
    assert {"id": "provincial", "title": "省级共性指标", "low": 72, "high": 72, "max": 100} in sheet["subtotals"]
    assert any("12 个月社保" in line and "6 分" in line for line in sheet["advice"])
    assert sheet["notes"]
    assert all(source["title"] and source["document"] for source in sheet["sources"])
    cited = {document for item in sheet["items"] for document in item["sources"]}
    assert cited <= {source["document"] for source in sheet["sources"]}


async def test_missing_fields_can_be_asked_for_and_the_total_waits(client):
    sheet = await estimate(client, {"age": 35})
    assert sheet["total"] is None
    assert sheet["missing"][0]["field"] == "education"
    field = Field.from_record(sheet["missing"][0])
    assert field.question.endswith("？")
    assert field.check("中专") == "高中"


async def test_facts_of_other_checks_are_left_alone(client):
    sheet = await estimate(client, {**FACTS, "has_residence_permit": "坏值", "something_else": [1]})
    assert sheet["total"] == {"low": 72, "high": 72}


async def test_a_fact_that_is_not_known_gives_a_range(client):
    sheet = await estimate(client, {**FACTS, "social_insurance_months": None})
    assert sheet["total"] == {"low": 48, "high": 78}


async def test_a_day_before_the_rule_is_refused_with_a_reason(client):
    body = {"scheme": "zhejiang-provincial", "day": "2023-01-01", "facts": {"age": 30}}
    response = await client.post("/api/points/estimate", json=body)
    assert response.status == 422
    error = (await response.json())["error"]
    assert error["code"] == "not_in_force"
    assert "2023-07-26" in error["message"]


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"scheme": "杭州", "facts": {}}, 404, "unknown_scheme", "/api/points/schemes"),
        ({"scheme": "zhejiang-provincial", "facts": {"age": "三十五"}}, 422, "bad_fact", "年龄"),
        ({"scheme": "zhejiang-provincial", "facts": {"age": 460}}, 422, "bad_fact", "1 到 120"),
        ({"scheme": "zhejiang-provincial", "facts": {"age": True}}, 422, "bad_fact", "年龄"),
        ({"scheme": "zhejiang-provincial", "facts": {"education": ["大专"]}}, 422, "bad_fact", "最高学历"),
        ({"scheme": "zhejiang-provincial", "facts": {"social_insurance_months": -1}}, 422, "bad_fact", "社保"),
        ({"scheme": "zhejiang-provincial", "facts": {"age": 1e300}}, 422, "bad_fact", "年龄"),
        ({"scheme": "zhejiang-provincial", "facts": []}, 422, "bad_body", "facts"),
        ({"scheme": "zhejiang-provincial", "day": "昨天"}, 422, "bad_body", "day"),
        ({"scheme": "zhejiang-provincial", "dya": "2024-01-01"}, 422, "bad_body", "dya"),
        ({"facts": {}}, 422, "bad_body", "scheme"),
    ],
)
async def test_a_bad_request_is_refused_in_the_one_shape(client, body, status, code, said):
    response = await client.post("/api/points/estimate", json=body)
    assert response.status == status
    error = (await response.json())["error"]
    assert error["code"] == code
    assert said in error["message"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"{", 400, "bad_json"), (b"\xff", 400, "bad_json"), (b"[]", 400, "bad_json"), (b" " * 70000, 413, "too_large")],
    ids=["unfinished", "not UTF-8", "a list", "too large"],
)
async def test_a_body_that_is_no_object_or_too_large_is_refused(client, data, status, code):
    response = await client.post("/api/points/estimate", data=data)
    assert response.status == status
    assert (await response.json())["error"]["code"] == code


async def test_the_schemes_are_listed_with_their_fields(client):
    response = await client.get("/api/points/schemes")
    listed = {scheme["id"]: scheme for scheme in (await response.json())["schemes"]}
    assert len(listed) == 33
    province = listed["zhejiang-provincial"]
    assert {row["field"] for row in province["fields"]} >= {"age", "education", "skill_level", "title_level"}
    assert [province[key] for key in ("computable", "complete", "in_force")] == [True, True, True]
    assert [listed["ningbo"][key] for key in ("computable", "complete", "region_name")] == [True, False, "宁波市"]
    assert listed["wenzhou-pingyang"]["computable"] is False
    assert listed["ningbo-beilun-2021"]["in_force"] is False


async def test_a_lower_bound_is_marked_and_never_worded_as_too_little(client):
    facts = {"age": 45, "education": "初中及以下", "hz_si_months": 60, "hz_permit_years": 5}
    facts |= {"housing": "合规出租房", "rent_years": 3, "skill_level": "无", "title_level": "无"}
    sheet = await estimate(client, facts, scheme="hangzhou-residence-permit-points")
    assert sheet["missing"] == []
    assert sheet["total"] == {"low": 93, "high": None}
    assert sheet["lower_bound"] is True
    (gap,) = sheet["gap"]
    assert (gap["points"], gap["year"], gap["reached"], gap["short"]) == (100, 2025, None, {"low": None, "high": 7})
    assert "最少" in gap["text"]
    assert "不够" not in gap["text"]
    insurance = next(item for item in sheet["items"] if item["id"] == "social_insurance")
    assert insurance["lower_bound"]
    assert "2025 年 6 月 16 日" in insurance["reason"]
    assert any("无偿献血" in line and "有的话告诉我" in line for line in sheet["assumed"])


async def test_a_total_does_not_wait_for_what_only_sharpens_it(client):
    facts = {"age": 38, "education": "高中/中职", "hz_si_months": 72, "hz_permit_years": 6}
    facts |= {"housing": "合规出租房", "rent_years": 5}
    sheet = await estimate(client, facts, scheme="hangzhou-residence-permit-points")
    assert [row["field"] for row in sheet["missing"]] == ["skill_level", "title_level"]
    assert sheet["total"]["low"] == 136


async def test_a_veto_is_refused_with_its_reason_and_no_score(client):
    sheet = await estimate(client, {"serious_crime": True}, scheme="hangzhou-residence-permit-points")
    assert sheet["total"] is None
    assert sheet["missing"] == []
    assert "无效" in sheet["refused"]


async def test_a_scheme_without_values_says_so_and_what_is_known(client):
    sheet = await estimate(client, {"age": 35}, scheme="wenzhou-pingyang", day="2026-11-24")
    assert sheet["total"] is None
    assert "没有公布的分值" in sheet["not_computable"]
    known = {row["title"]: row for row in sheet["about"]}
    assert "2024 年 3 月 26 日" in known["积分入学的申请时间"]["text"]
    assert "已经过了" in known["积分入学的申请时间"]["text"]
    assert all(row["sources"] for row in sheet["about"])


async def test_a_scheme_that_has_ended_is_not_in_force(client):
    body = {"scheme": "hangzhou-residence-permit-points-2018", "day": "2021-10-15", "facts": {"age": 43}}
    response = await client.post("/api/points/estimate", json=body)
    assert response.status == 422
    error = (await response.json())["error"]
    assert error["code"] == "not_in_force"
    assert "2021-10-14" in error["message"]


async def test_every_scheme_answers_with_its_sources(client):
    for scheme in (await (await client.get("/api/points/schemes")).json())["schemes"]:
        body = {"scheme": scheme["id"], "facts": {}}
        response = await client.post("/api/points/estimate", json=body)
        assert response.status == (200 if scheme["in_force"] else 422), scheme["id"]
        if scheme["in_force"]:
            sheet = await response.json()
            assert sheet["sources"]
            assert scheme["computable"] or (sheet["not_computable"] and sheet["total"] is None)


async def test_months_may_be_given_as_periods_with_places(client):
    periods = [
        {"from": "2020-01", "to": "2021-12", "place": "宁波"},
        {"from": "2021-07", "to": "2022-06", "place": "嘉兴"},
        {"from": "2023-01", "to": "2023-12", "place": "上海"},
    ]
    facts = {
        "age": 35,
        "education": "大专",
        "skill_level": "无",
        "title_level": "无",
        "social_insurance_months": periods,
        "residence_months": 0,
    }
    response = await client.post("/api/points/estimate", json={"scheme": "zhejiang-provincial", "facts": facts})
    sheet = await response.json()
    counted = sheet["periods"]["social_insurance_months_province"]
    assert (counted["months"], counted["overlapping"], counted["elsewhere"]) == (30, 6, 12)
    item = next(item for item in sheet["items"] if item["id"] == "social_insurance")
    assert item["points"] == {"low": 15, "high": 15}
    facts["social_insurance_months"] = [{"from": "2030-01"}]
    refused = await client.post("/api/points/estimate", json={"scheme": "zhejiang-provincial", "facts": facts})
    assert refused.status == 422
    assert "还没有到" in (await refused.json())["error"]["message"]


@pytest.mark.parametrize(
    ("place", "first"),
    [
        ("330110", "hangzhou-residence-permit-points"),
        ("330206", "ningbo-beilun-2021"),
        ("330225", "ningbo-xiangshan-old"),
        ("330381", "wenzhou-ruian"),
        ("330604", "zhejiang-provincial"),
        ("999999", "zhejiang-provincial"),
    ],
)
async def test_the_schemes_of_a_place_stand_the_most_specific_first(client, place, first):
    response = await client.get("/api/points/schemes", params={"place": place})
    listed = [scheme["id"] for scheme in (await response.json())["schemes"]]
    assert listed[0] == first
    assert listed[-1] == "zhejiang-provincial"
