"""What the registry API promises to actions."""

from typing import Annotated, Any, NotRequired, TypedDict, get_args

from pydantic import BaseModel, StringConstraints

from services.contract import Operation
from services.registry.api import CONVERSATION, ConversationBody
from services.registry.outcomes import Outcome, Reason
from services.registry.records import Kind

PART = "registry"


class Told(TypedDict):
    """How it ended, with a sentence for the resident; `record` where one was found, never a personal number."""

    outcome: Outcome
    sentence: str
    record: NotRequired[dict[str, Any]]
    reason: NotRequired[Reason]


class Whose(BaseModel):
    """Whose record is meant."""

    conversation: Annotated[str, StringConstraints(pattern=rf"^{CONVERSATION}$")]


NO_CONVERSATION: dict[int, tuple[str, ...]] = {404: ("no_conversation",), 503: ("storage_unavailable",)}

OPERATIONS = (
    Operation(
        "POST",
        "/api/registry/challenge",
        PART,
        "Have a one-time code sent to the phone that the registry holds",
        {200: Told},
        body=ConversationBody,
        errors=NO_CONVERSATION,
    ),
    Operation(
        "POST",
        "/api/registry/verify",
        PART,
        "Hand in the code that the resident typed",
        {200: Told},
        body=ConversationBody,
        errors=NO_CONVERSATION,
    ),
    Operation(
        "GET",
        "/api/registry/{kind}",
        PART,
        "Read a record of the resident who was verified",
        {200: Told},
        query=Whose,
        choices={"kind": get_args(Kind)},
        errors={404: ("unknown_kind", "no_conversation"), 422: ("bad_conversation",), 503: ("storage_unavailable",)},
    ),
)
