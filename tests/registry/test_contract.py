"""The contract is valid OpenAPI, and the reference registry does what it says."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from registry.people import KINDS
from registry.signatures import NONCE_KEPT_S
from tests.core.test_signing import VECTORS
from tests.registry.signed import COMPLETE, LATE, NOBODY, WITH_X

CONTRACT = yaml.safe_load(Path("docs/registry.openapi.yaml").read_text("utf-8"))


def check(name, value):
    """Check a value against one schema of the contract."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    Draft202012Validator(schema).validate(value)


def test_the_contract_is_valid_openapi():
    validate(CONTRACT)


def test_the_vectors_of_the_contract_are_those_of_the_tests():
    for _, signature in VECTORS:
        assert signature in CONTRACT["info"]["description"]
    assert f"{NONCE_KEPT_S} s" in CONTRACT["info"]["description"]


def test_the_registry_serves_the_paths_of_the_contract(registry):
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in registry._server.app.router.routes()
        if route.resource.canonical.startswith("/v1") and route.method != "HEAD"
    }
    assert served == {(method, path) for path, item in CONTRACT["paths"].items() for method in item}


async def test_every_answer_is_one_of_the_contract(registry):
    for person in (COMPLETE, WITH_X, LATE):
        _, challenge = await registry.challenge(person)
        check("Challenge", challenge)
        _, verified = await registry.verify(challenge["id"], registry.codes.last)
        check("Grant", verified)
        for kind in KINDS:
            status, record = await registry.record(verified["grant"], kind)
            check("Error" if status == 404 else kind.capitalize(), record)


async def test_every_refusal_is_one_of_the_contract(registry):
    _, challenge = await registry.challenge(COMPLETE, "k" * 20)
    for answer in [
        await registry.challenge(NOBODY),
        await registry.challenge(WITH_X, "k" * 20),
        await registry.verify(challenge["id"], "000000" if registry.codes.last != "000000" else "1"),
        await registry.verify("x", "123456"),
        await registry.record("x", "points"),
        await registry.call("POST", "/v1/challenges", {}),
        await registry.call("GET", "/v1/records/points", secret="x" * 32),
        await registry.call("GET", "/v1/nothing"),
        await registry.call("PUT", "/v1/challenges"),
        await registry.call("POST", "/v1/challenges", b"x" * 20_000),
    ]:
        status, body = answer
        assert 400 <= status < 500
        check("Error", body)
        listed = CONTRACT["components"]["responses"]["Error"]["description"]
        usual = ("no_such_address", "method_not_allowed", "too_large")
        assert body["error"]["code"] in usual or f"`{body['error']['code']}`" in listed


@pytest.mark.parametrize(
    "change",
    [{"score": "many"}, {"as_of": "yesterday"}, {"items": [{"id": "a"}]}, {"scheme": {"id": "x", "title": "x"}}],
)
async def test_the_contract_tells_a_wrong_record(registry, change):
    _, record = await registry.record(await registry.granted(COMPLETE), "points")
    assert not Draft202012Validator(
        {"$ref": "#/components/schemas/Points", "components": CONTRACT["components"]}
    ).is_valid({**record, **change})
