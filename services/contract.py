"""What an HTTP API promises, as data: a table of operations for each part, and the OpenAPI document made of them.

The tables stand in `contract.py` beside each part's handlers. Shapes are the types themselves: the pydantic models that
read bodies, and typed dictionaries for what is answered. A test holds them against the routes, another one sends the
applications what the document allows and what it forbids.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaMode

OPENAPI = "3.1.0"
_REFERENCE = "#/components/schemas/{model}"
_JSON = "application/json"
Adapters = list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]]


class ErrorFields(TypedDict):
    """`code` is for programs; `message` is a sentence for people, in Chinese."""

    code: str
    message: str


class Error(TypedDict):
    """The one shape of every refusal and failure."""

    error: ErrorFields


@dataclass(frozen=True)
class Media:
    """An answer that is not JSON: its media type, or `""` for none, and what it holds."""

    type: str
    description: str


@dataclass(frozen=True)
class Operation:
    """One method of one route. A route in brackets such as `/x/{id}` gets its parameters from there.

    Attributes:
        part: the tag under which readers find it.
        summary: what it does, in a sentence.
        answers: by status, the shape of a good answer.
        body: the model that reads the body.
        query: a model whose fields are the query's parameters.
        choices: of a parameter in the path, the values that there are.
        headers: names of request headers that it reads, with what they are.
        errors: by status, the codes of refusals.
        session: whether it needs a conversation's token or cookie.
    """

    method: Literal["GET", "POST", "PUT", "DELETE", "OPTIONS"]
    path: str
    part: str
    summary: str
    answers: Mapping[int, Any]
    body: Any = None
    query: type[BaseModel] | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    session: bool = False


# Every body is read by `services.bodies`, every failure of a part by `services.errors`.
BODY_ERRORS: dict[int, tuple[str, ...]] = {400: ("bad_json",), 413: ("too_large",), 422: ("bad_body",)}
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "What `POST /chat/sessions` gave, for widgets."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "anju_session",
        "description": "For our own page alone: set by `POST /chat/sessions`, HttpOnly.",
    },
}


def document(title: str, description: str, version: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """Make the OpenAPI document of some operations.

    Raises:
        ValueError: two operations have the same method and path.
    """
    listed = list(operations)
    adapters: Adapters = [("error", "serialization", TypeAdapter(Error))]
    for operation in listed:
        if operation.body is not None:
            adapters.append((_key(operation, "body"), "validation", TypeAdapter(operation.body)))
        for status, shape in operation.answers.items():
            if not isinstance(shape, Media):
                adapters.append((_key(operation, status), "serialization", TypeAdapter(shape)))
    schemas, shared = TypeAdapter.json_schemas(adapters, ref_template=_REFERENCE)
    found = {key: schema for (key, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        methods = paths.setdefault(operation.path, {})
        method = operation.method.lower()
        if method in methods:
            raise ValueError(f"{operation.method} {operation.path} is listed twice: remove one from the contracts.")
        methods[method] = _operation(operation, found)
    used: dict[str, Any] = {"schemas": shared.get("$defs", {})}
    if any(operation.session for operation in listed):
        used["securitySchemes"] = SECURITY_SCHEMES
    return {
        "openapi": OPENAPI,
        "info": {
            "title": title,
            "description": description,
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": part} for part in dict.fromkeys(operation.part for operation in listed)],
        "paths": paths,
        "components": used,
    }


def _operation(operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": _name(operation),
        "tags": [operation.part],
        "summary": operation.summary,
    }
    if operation.session:
        made["security"] = [{"token": []}, {"cookie": []}]
    if parameters := _parameters(operation):
        made["parameters"] = parameters
    if operation.body is not None:
        content = {_JSON: {"schema": schemas[_key(operation, "body")]}}
        made["requestBody"] = {"required": not _may_be_empty(operation.body), "content": content}
    responses = {
        str(status): _answer(shape, schemas.get(_key(operation, status))) for status, shape in operation.answers.items()
    }
    errors = {status: list(codes) for status, codes in operation.errors.items()}
    if operation.body is not None:
        errors = {
            status: list(dict.fromkeys([*errors.get(status, ()), *BODY_ERRORS.get(status, ())]))
            for status in sorted({*errors, *BODY_ERRORS})
        }
    for status, codes in errors.items():
        named = " or ".join(f"`{code}`" for code in codes)
        responses[str(status)] = {"description": named, "content": {_JSON: {"schema": schemas["error"]}}}
    made["responses"] = dict(sorted(responses.items()))
    return made


def _may_be_empty(model: Any) -> bool:
    """Tell whether a body may be left out: it is read as an empty object then."""
    try:
        TypeAdapter(model).validate_python({})
    except ValidationError:
        return False
    return True


def _answer(shape: Any, schema: Any) -> dict[str, Any]:
    if isinstance(shape, Media):
        content = {shape.type: {"schema": {"type": "string"}}} if shape.type else None
        return {"description": shape.description, **({"content": content} if content else {})}
    words = (getattr(shape, "__doc__", None) or "Done.").strip().split("\n")[0]
    return {"description": words, "content": {_JSON: {"schema": schema}}}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for name in re.findall(r"{(\w+)}", operation.path):
        values = {"enum": list(operation.choices[name])} if name in operation.choices else {}
        made.append({"name": name, "in": "path", "required": True, "schema": {"type": "string", **values}})
    if operation.query is not None:
        shape = operation.query.model_json_schema()
        for name, schema in shape["properties"].items():
            required = name in shape.get("required", ())
            made.append({"name": name, "in": "query", "required": required, "schema": schema})
    for name, words in operation.headers.items():
        schema = {"type": "string"}
        made.append({"name": name, "in": "header", "required": False, "description": words, "schema": schema})
    return made


def _name(operation: Operation) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", operation.path).strip("_") or "page"
    return f"{operation.method.lower()}_{words}"


def _key(operation: Operation, what: object) -> str:
    return f"{operation.method} {operation.path} {what}"
