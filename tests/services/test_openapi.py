"""The OpenAPI documents say what the applications serve: no route is left out, none is made up."""

import json
import re

import pytest
from aiohttp import web
from openapi_spec_validator import validate

from services import openapi
from services.app import create_app, create_internal_app
from services.contract import Operation, document
from services.settings import read

METHODS = ("get", "post", "put", "delete", "options")
HOW = "put it into OPERATIONS of the part's contract.py, then run `make openapi`"


@pytest.fixture
def settings(tmp_path):
    return read({"VAR_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("create", "make"),
    [(create_app, openapi.public), (create_internal_app, openapi.internal)],
    ids=["public", "internal"],
)
def test_every_route_stands_in_the_document_and_the_other_way_round(settings, create, make):
    # HEAD comes with every GET.
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in create(settings).router.routes()
        if route.method != "HEAD"
    }
    written = {(method, path) for path, methods in make()["paths"].items() for method in methods if method in METHODS}
    assert served - written == set(), HOW
    assert written - served == set(), "no route serves this: remove it from the part's contract.py"


@pytest.mark.parametrize("make", [openapi.public, openapi.internal])
def test_the_documents_are_valid_and_say_what_they_answer(make):
    written = make()
    validate(written)
    for path, methods in written["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
    names = [operation["operationId"] for methods in written["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_what_integrators_read_is_what_is_served():
    kept = json.loads(openapi.PUBLIC_FILE.read_text("utf-8"))
    assert kept == openapi.public(), "run `make openapi`"


def test_a_body_names_its_limits():
    schemas = openapi.public()["components"]["schemas"]
    assert schemas["Useless"]["properties"]["seq"]["maximum"] == 2**31 - 1
    assert {"$ref": "#/components/schemas/Useless"} in schemas["RatingBody"]["oneOf"]
    assert schemas["MessageBody"]["oneOf"]


def test_only_a_body_that_may_be_empty_may_be_left_out():
    paths = openapi.public()["paths"]
    assert not paths["/chat/sessions"]["post"]["requestBody"]["required"]
    assert paths["/chat/messages"]["post"]["requestBody"]["required"]


def test_what_needs_a_conversation_says_so():
    paths = openapi.public()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            needs = "security" in operation
            assert needs == ("401" in operation["responses"]), (method, path)


def test_the_same_operation_twice_is_a_mistake():
    one = Operation("GET", "/x", "part", "Something", {200: str})
    with pytest.raises(ValueError, match=re.escape("GET /x is listed twice")):
        document("title", "words", "1", [one, one])


async def test_the_internal_document_is_served(aiohttp_client):
    app = web.Application()
    openapi.setup(app)
    response = await (await aiohttp_client(app)).get("/openapi.json")
    assert response.status == 200
    assert await response.json() == openapi.internal()
