"""Who may read and write a conversation: cookie for our page, token for widgets, nobody else."""

import pytest

from services.channels.sessions import COOKIE


def own(door):
    return {"Origin": str(door._server.make_url("")).rstrip("/")}


async def test_a_cookie_that_scripts_cannot_read_is_given_to_our_page(door):
    response = await door.browser().post("/chat/sessions", headers=own(door))
    cookie = response.cookies[COOKIE]
    assert response.status == 201
    assert cookie.value == (await response.json())["token"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/chat"
    assert not cookie["secure"]


async def test_over_https_the_cookie_insists_on_it(door):
    await door.restart(base_url="https://anju.example")
    response = await door.browser().post("/chat/sessions", headers={"Origin": "https://anju.example"})
    assert response.cookies[COOKIE]["secure"]
    assert "max-age=" in response.headers["Strict-Transport-Security"]


async def test_two_tabs_of_one_browser_share_the_conversation(door):
    browser = door.browser()
    await browser.post("/chat/sessions", headers=own(door))
    response = await browser.post("/chat/messages", json={"text": "一"}, headers=own(door))
    assert response.status == 200
    history = await (await browser.get("/chat/messages")).json()
    assert [message["text"] for message in history["messages"][1:]] == ["一", "听到：一"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://widget.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
async def test_a_cookie_post_without_a_sign_of_our_own_page_is_refused(door, bot, headers):
    browser = door.browser()
    await browser.post("/chat/sessions", headers=own(door))
    response = await browser.post("/chat/messages", json={"text": "一"}, headers=headers)
    assert response.status == 403
    assert (await response.json())["error"]["code"] == "cross_site"
    assert bot.turns == []


async def test_fetch_metadata_of_our_own_page_is_enough(door):
    browser = door.browser()
    await browser.post("/chat/sessions", headers={"Sec-Fetch-Site": "same-origin"})
    response = await browser.post("/chat/messages", json={"text": "一"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status == 200


async def test_another_site_cannot_begin_a_conversation_in_a_residents_browser(door):
    response = await door.browser().post("/chat/sessions", headers={"Origin": "https://evil.example"})
    assert response.status == 403
    assert "Set-Cookie" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_widget_of_an_allowed_origin_talks_by_token_and_gets_no_cookie(door):
    origin = {"Origin": "https://widget.example"}
    widget = door.browser()
    asked = await widget.options("/chat/messages", headers={**origin, "Access-Control-Request-Method": "POST"})
    assert asked.status == 204
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    begun = await widget.post("/chat/sessions", headers=origin)
    assert "Set-Cookie" not in begun.headers
    bearer = {"Authorization": f"Bearer {(await begun.json())['token']}"}
    for response in (
        asked,
        begun,
        await widget.post("/chat/messages", json={"text": "一"}, headers={**origin, **bearer}),
        await widget.post("/chat/messages", json={}, headers={**origin, **bearer}),
    ):
        assert response.headers["Access-Control-Allow-Origin"] == "https://widget.example"
        assert response.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_other_origins_get_no_leave_to_ask_even_with_a_token(door):
    resident = await door.resident()
    origin = {"Origin": "https://evil.example"}
    asked = await resident.client.options("/chat/messages", headers=origin)
    assert asked.status == 403
    response = await resident.client.post("/chat/messages", json={"text": "一"}, headers={**origin, **resident.headers})
    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer forged",
        "Bearer ",
        "Bearer",
        "Basic YTpi",
        "Bearer " + "a" * 5000,
        "Bearer é\udcff",
        "Bearer ' OR 1=1 --",
    ],
    ids=ascii,
)
async def test_a_forged_token_opens_nothing(door, authorization):
    await door.resident()
    client = door.browser()
    for method, path in (("GET", "/chat/messages"), ("GET", "/chat/events"), ("POST", "/chat/messages")):
        response = await client.request(method, path, headers={"Authorization": authorization})
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "no_session"


@pytest.mark.parametrize("cookie", ["forged", "", "a" * 3000, '"\\", ; x'])
async def test_a_forged_cookie_opens_nothing(door, cookie):
    await door.resident()
    response = await door.browser().get("/chat/messages", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert response.status == 401


async def test_nobody_reads_or_writes_somebody_elses_conversation(door, bot):
    one, other = await door.resident(), await door.resident()
    await one.say("我的事")
    assert len(await other.history()) == 1
    status, body = await other.post({"text": "一", "session": one.conversation})
    assert (status, body["error"]["code"]) == (422, "bad_body")
    response = await other.client.get(
        "/chat/messages", params={"session": one.conversation, "token": one.token}, headers=other.headers
    )
    assert len((await response.json())["messages"]) == 1
    # A conversation's id is no secret of the resident (the bot knows it), so it opens nothing.
    response = await other.client.get("/chat/messages", headers={"Authorization": f"Bearer {one.conversation}"})
    assert response.status == 401
    assert len(await one.history()) == 3


async def test_the_token_is_not_in_the_database_and_depends_on_the_secret_key(door):
    resident = await door.resident()
    await door.restart(secret_key="another-secret-key-of-this-installation")
    response = await resident.moved().client.get("/chat/messages", headers=resident.headers)
    assert response.status == 401
