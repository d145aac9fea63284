"""The site's files: the vendored code is what it says, caches are right, and no address leaves the folder."""

import gzip
import hashlib
import json
import re

import pytest
from aiohttp import web

from services import site
from services.site import assets

VENDORED = assets.FOLDER / "vendor" / "deep-chat"
BUNDLE = "vendor/deep-chat/deepChat.bundle.js"


@pytest.fixture
def files():
    return assets.read(assets.FOLDER)


@pytest.fixture
async def client(aiohttp_client):
    app = web.Application()
    site.setup(app)
    return await aiohttp_client(app, auto_decompress=False)


def test_vendored_files_are_those_that_were_recorded():
    record = json.loads((VENDORED / "vendor.json").read_text())
    assert (record["name"], record["version"], record["licence"]) == ("deep-chat", "2.4.2", "MIT")
    for name, expected in record["files"].items():
        body = (VENDORED / name).read_bytes()
        assert (hashlib.sha256(body).hexdigest(), len(body)) == (expected["sha256"], expected["bytes"]), name
    assert "MIT License" in (VENDORED / record["licence_file"]).read_text()


def test_compressed_copies_hold_the_same_bytes(files):
    for asset in files.values():
        if "gzip" in asset.bodies:
            assert gzip.decompress(asset.bodies["gzip"]) == asset.bodies[""], asset.path
    # The standard library cannot read brotli: its size tells at least that it is not another file's.
    assert {name: len(body) for name, body in files[BUNDLE].bodies.items()} == {"": 403543, "br": 91852, "gzip": 110734}


def test_no_file_of_ours_names_a_foreign_host_or_builds_html_from_texts():
    for path in assets.FOLDER.glob("*.*"):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?<!\\)//[a-z0-9-]+\.[a-z]", text), path.name
        assert not re.search(r"innerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", text), path.name


async def test_the_page_links_only_files_that_exist_and_holds_no_inline_code(client):
    page = await (await client.get("/")).text()
    links = re.findall(r'(?:src|href|data-\w+)="(/static/[^"]+)"', page)
    assert len(links) >= 6
    for link in links:
        response = await client.get(link)
        assert response.status == 200, link
        assert response.headers["Cache-Control"] == assets.FOREVER, link
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.0,gzip;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_the_bundle_comes_in_the_smallest_form_the_browser_takes(client, files, accept, encoding):
    response = await client.get(files[BUNDLE].url, headers={"Accept-Encoding": accept})
    assert response.headers.get("Content-Encoding") == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert await response.read() == files[BUNDLE].bodies["gzip" if encoding == "gzip" else encoding or ""]


async def test_a_browser_that_has_the_file_is_told_so(client, files):
    first = await client.get(files["chat.js"].url, headers={"Accept-Encoding": "gzip"})
    again = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    assert (await client.get(files["chat.js"].url, headers=again)).status == 304


async def test_an_address_of_before_an_update_gives_the_file_of_today_for_now(client, files):
    response = await client.get("/static/000000000000/chat.js", headers={"Accept-Encoding": ""})
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-cache"
    assert await response.read() == files["chat.js"].bodies[""]


@pytest.mark.parametrize(
    "path",
    ["../page.py", "..%2fpage.py", "%2e%2e/templates/page.html", "vendor/.gitattributes", "nothing.js", "vendor/"],
)
async def test_no_address_reaches_outside_the_files(client, path):
    assert (await client.get(f"/static/x/{path}")).status == 404


def test_our_files_share_a_version_that_changes_with_any_of_them_and_vendored_ones_do_not(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "v.js").write_text("v")
    (tmp_path / "a.js").write_text("import './b.js'")
    (tmp_path / "b.js").write_text("1")
    before = assets.read(tmp_path)
    (tmp_path / "b.js").write_text("2")
    after = assets.read(tmp_path)
    assert before["a.js"].version == before["b.js"].version != after["a.js"].version == after["b.js"].version
    assert before["vendor/v.js"].version == after["vendor/v.js"].version


async def test_the_page_is_asked_for_each_time(client):
    response = await client.get("/")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.content_type == "text/html"
