"""The reference registry over real HTTP: one-time codes, grants, records, limits, and what it writes down."""

import asyncio
import logging

import pytest

from core.yamlfile import KnowledgeError
from registry import challenges, days, people
from registry.settings import PEOPLE, SettingsError, read
from tests.registry.signed import BARE, COMPLETE, LATE, NOBODY, WITH_X


async def code_of(answer):
    status, body = answer
    return status, body["error"]["code"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_a_code_opens_the_records_of_its_person(registry):
    status, challenge = await registry.challenge(COMPLETE)
    assert status == 201
    assert challenge["phone_masked"] == "154****0001"
    assert challenge["demo"] is True
    assert challenge["expires"].endswith("Z")
    status, verified = await registry.verify(challenge["id"], registry.codes.last)
    assert status == 200
    for kind in people.KINDS:
        status, record = await registry.record(verified["grant"], kind)
        assert (status, record["kind"], record["demo"]) == (200, kind, True)


async def test_points_equal_their_items_and_no_day_lies_ahead(registry):
    for person in (COMPLETE, LATE):
        _, record = await registry.record(await registry.granted(person), "points")
        assert record["score"] == sum(item["points"] for item in record["items"])
        assert record["as_of"] <= days.today().isoformat()


async def test_months_are_counted_by_period_and_kind(registry):
    _, record = await registry.record(await registry.granted(COMPLETE), "insurance")
    first = record["periods"][0]
    assert (first["first"], first["last"], first["months"]) == ("2015-07", "2018-12", 42)
    for kind, total in record["totals"].items():
        assert total == sum(period["months"] for period in record["periods"] if period["kind"] == kind)


async def test_a_permit_says_what_it_is_today(registry):
    _, record = await registry.record(await registry.granted(COMPLETE), "permit")
    assert record["status"] == "valid"
    _, record = await registry.record(await registry.granted(WITH_X), "permit")
    assert record["status"] == "suspended"


async def test_what_a_person_does_not_have_is_not_found(registry):
    grant = await registry.granted(BARE)
    for kind in people.KINDS:
        assert await code_of(await registry.record(grant, kind)) == (404, "no_record")
    assert await code_of(await registry.record(grant, "secrets")) == (404, "no_such_kind")


async def test_nobody_is_not_found_and_gets_no_code(registry):
    assert await code_of(await registry.challenge(NOBODY)) == (404, "no_person")
    assert registry.codes.found == []


@pytest.mark.parametrize(
    "body", [{}, [], "x", {"id_number": 5}, {"id_number": "1"}, {"id_number": COMPLETE, "x": 1}, b"{", b"\xff"], ids=str
)
async def test_a_body_that_is_none_is_refused_without_quoting_it(registry, body):
    status, answer = await registry.call("POST", "/v1/challenges", body)
    assert status in (400, 422)
    assert COMPLETE not in str(answer)


async def test_five_wrong_tries_end_a_challenge(registry):
    _, challenge = await registry.challenge(COMPLETE)
    code = registry.codes.last
    for _ in range(4):
        assert await code_of(await registry.verify(challenge["id"], wrong(code))) == (403, "wrong_code")
    assert await code_of(await registry.verify(challenge["id"], wrong(code))) == (423, "challenge_locked")
    assert await code_of(await registry.verify(challenge["id"], code)) == (423, "challenge_locked")


async def test_many_wrong_tries_at_once_are_five(registry):
    _, challenge = await registry.challenge(COMPLETE)
    code = wrong(registry.codes.last)
    answers = await asyncio.gather(*(registry.verify(challenge["id"], code) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [403] * 4 + [423] * 16


async def test_a_code_is_good_once(registry):
    _, challenge = await registry.challenge(COMPLETE)
    code = registry.codes.last
    answers = await asyncio.gather(*(registry.verify(challenge["id"], code) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409, 409]


async def test_a_code_and_a_grant_run_out(registry, monkeypatch):
    grant = await registry.granted(COMPLETE)
    monkeypatch.setattr(challenges, "CODE_LIFETIME_S", -1)
    _, challenge = await registry.challenge(WITH_X)
    assert await code_of(await registry.verify(challenge["id"], registry.codes.last)) == (410, "challenge_expired")
    monkeypatch.setattr(challenges, "CODE_LIFETIME_S", 300)
    assert (await registry.record(grant, "points"))[0] == 200
    monkeypatch.setattr(challenges, "GRANT_LIFETIME_S", -1)
    assert await code_of(await registry.record(await registry.granted(LATE), "points")) == (403, "grant_expired")


@pytest.mark.parametrize("grant", ["", "x", "秘密".encode().hex()])
async def test_an_unknown_grant_is_refused(registry, grant):
    assert await code_of(await registry.record(grant, "points")) == (403, "bad_grant")


async def test_an_unknown_challenge_is_refused(registry):
    assert await code_of(await registry.verify("nothing", "123456")) == (404, "no_challenge")


async def test_the_same_key_gives_the_same_challenge_and_sends_one_code(registry):
    first, second = await registry.challenge(COMPLETE, "k" * 20), await registry.challenge(COMPLETE, "k" * 20)
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]
    assert len(registry.codes.found) == 1
    assert await code_of(await registry.challenge(WITH_X, "k" * 20)) == (409, "key_reused")
    assert await code_of(await registry.challenge(WITH_X, "k")) == (422, "bad_body")


async def test_one_key_many_times_at_once_is_one_challenge(registry):
    answers = await asyncio.gather(*(registry.challenge(COMPLETE, "k" * 20) for _ in range(10)))
    assert len({body["id"] for _, body in answers}) == 1
    assert len(registry.codes.found) == 1


async def test_the_fourth_code_within_ten_minutes_is_refused_for_unknown_people_too(registry):
    for person, status in ((COMPLETE, 201), (NOBODY, 404)):
        for _ in range(3):
            assert (await registry.challenge(person))[0] == status
        assert await code_of(await registry.challenge(person)) == (429, "too_many")
    assert (await registry.challenge(WITH_X))[0] == 201


async def test_one_client_can_ask_for_so_many_people_only(registry, monkeypatch):
    monkeypatch.setattr(challenges, "CLIENT_LIMIT", (2, 60))
    await registry.challenge(COMPLETE)
    await registry.challenge(NOBODY)
    assert await code_of(await registry.challenge(WITH_X)) == (429, "too_many")


async def test_without_demo_mode_no_code_is_written_and_no_challenge_made(registry, caplog):
    await registry.stop()
    await registry.start(demo=False)
    assert await code_of(await registry.challenge(COMPLETE)) == (503, "cannot_send")
    assert registry.codes.found == []


async def test_the_log_says_demo_beside_a_code_and_never_has_an_id_number_or_a_phone(registry, caplog):
    caplog.set_level(logging.DEBUG)
    await registry.granted(COMPLETE)
    await registry.challenge(NOBODY)
    await registry.call("POST", "/v1/challenges", {"id_number": COMPLETE, "x": COMPLETE})
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("registry")]
    with_code = [line for line in lines if registry.codes.last in line]
    assert len(with_code) == 1
    assert with_code[0].startswith("DEMO MODE")
    for secret in (COMPLETE, NOBODY, "15400000001", COMPLETE[6:]):
        assert secret not in "\n".join(lines)


async def test_no_file_has_an_id_number_a_phone_a_code_or_a_grant(registry, registry_settings, tmp_path):
    grant = await registry.granted(COMPLETE)
    await registry.record(grant, "points")
    await registry.challenge(NOBODY)
    await registry.stop()
    written = b"".join(path.read_bytes() for path in (tmp_path / "registry").rglob("*") if path.is_file())
    assert b"154****0001" in written
    for secret in (COMPLETE, NOBODY, WITH_X, "15400000001", registry.codes.last, grant):
        assert secret.encode() not in written


def test_the_sample_people_are_invented_and_each_number_is_right():
    samples = people.load(PEOPLE)
    assert len(samples) >= 4
    for sample in samples:
        assert sample.id_number.startswith("330000")
        assert 1940 < int(sample.id_number[6:10]) < 2010


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('- {id_number: "330000199001010015", phone: "15400000001"}', "身份证号"),
        ('- {id_number: "330000199001010014", phone: "1"}', "手机号"),
        ('- {id_number: "330000199001010014"}', "phone"),
        ('- {id_number: "330000199001010014", phone: "15400000001", salary: 5}', "salary"),
        ('- {id_number: "330000199001010014", phone: "15400000001"}\n' * 2, "twice"),
        (
            '- {id_number: "330000199001010014", phone: "15400000001", points: {score: 5, items: [{points: 4}]}}',
            "sum of its items",
        ),
    ],
)
def test_a_bad_file_of_people_is_named_with_its_line(tmp_path, text, said):
    path = tmp_path / "people.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(KnowledgeError, match=said):
        people.load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRY_PORT", "x"),
        ("REGISTRY_PORT", "70000"),
        ("REGISTRY_DEMO", "yes"),
        ("REGISTRY_PEOPLE", "/nowhere.yaml"),
        ("REGISTRY_KEY_ID", "a b"),
        ("REGISTRY_SECRET", "short"),
        ("REGISTRY_DATABASE_URL", "postgresql://x/y"),
    ],
)
def test_a_bad_setting_is_named(name, value, tmp_path):
    with pytest.raises(SettingsError) as caught:
        read({"VAR_DIR": str(tmp_path), name: value})
    (problem,) = caught.value.problems
    assert name in problem
    assert problem.endswith(".")


def test_the_secret_is_not_in_the_repr(tmp_path):
    settings = read({"VAR_DIR": str(tmp_path)})
    assert settings.secret not in repr(settings)
    assert settings.port == 8004
