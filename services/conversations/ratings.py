"""What residents think of an answer: taken by the page's buttons, or by those that follow a complaint.

A rating is of one message of the assistant, and rating it again replaces it. It keeps what was rated (entry,
place, snapshot), so that an editor finds the answer without reading the conversation.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services import metrics
from services.conversations.bot import BotMessage, Button, Custom
from services.conversations.incoming import typed
from services.storage.tables import Message, Rating

# What a button carries that follows a complaint. The front door takes it, the bot never sees it.
PAYLOAD_INTENT = "/rate"
# Outcomes that are answers: what else the assistant says is talk, or a question of its own.
RATED_OUTCOMES = (
    "answered",
    "points_estimated",
    "eligibility_decided",
    "declined_no_source",
    "declined_out_of_scope",
    "clarify_topic",
    "clarify_region",
)
_LOOK_BACK = 20
_BUTTONS_SHOWN = 5

Value = Literal["up", "down"]
Reason = Literal["wrong", "outdated", "not_my_case", "off_topic", "unclear", "other"]

THANKS = "谢谢，已经记下来了，供编辑核对内容时用。"
GO_ON: dict[Reason, str] = {
    "wrong": "办事以当地窗口的答复为准。您也可以换个说法再问，或者找人工核实。",
    "outdated": "办之前请先问当地窗口，或者拨打 12345。您也可以找人工核实。",
    "not_my_case": "请再说说您的情况，比如在哪个城市、有没有居住证、社保交了多久，我再查一次；也可以找人工。",
    "off_topic": "请换个说法，把要办的事和所在的城市写在一句话里，我再找一次；也可以找人工。",
    "unclear": "请告诉我哪一句看不懂，或者换个说法再问一次；也可以找人工讲给您听。",
    "other": "请换个说法再问一次；也可以找人工。",
}
NOTHING_TO_RATE = "这里还没有可以评价的回答。请把要办的事和所在的城市写在一句话里，我来找；也可以找人工。"
UNKNOWN_ANSWER = "没有找到这条回答，请刷新页面再试。"
PERSON = Button(title="找人工", payload="/human_handoff")


class Rated(NamedTuple):
    """A rating as a channel took it; `text` is as typed, not yet masked."""

    value: Value
    reason: Reason | None = None
    text: str | None = None


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    value: Value
    reason: Reason | None = None


def of_payload(payload: str | None) -> Rated | None:
    """Read the rating that a button carries, as `/rate{"value": "down", "reason": "outdated"}`; None for others."""
    intent, brace, values = (payload or "").partition("{")
    if intent != PAYLOAD_INTENT:
        return None
    try:
        read = _Payload.model_validate(json.loads(brace + values))
    except (ValueError, RecursionError, ValidationError):
        return None
    return Rated(read.value, read.reason)


async def put(session: AsyncSession, answer: Message, rated: Rated) -> Rating:
    """Keep a rating of an answer, in place of the one before. The caller holds the conversation's row."""
    rating = await session.get(Rating, (answer.conversation_id, answer.seq))
    if rating is None:
        rating = Rating(conversation_id=answer.conversation_id, seq=answer.seq)
        session.add(rating)
    rating.value, rating.reason = rated.value, rated.reason
    rating.text = (typed(rated.text).kept or None) if rated.text else None
    rating.at = datetime.now(UTC)
    record = answer.outcome or {}
    for name in ("outcome", "topic", "entry", "region", "snapshot"):
        value = record.get(name)
        setattr(rating, name, value if isinstance(value, str) else None)
    await session.flush()
    metrics.RATINGS.labels(rated.value, rated.reason or "none").inc()
    return rating


async def answer(session: AsyncSession, conversation: str, seq: int) -> Message | None:
    """Find a message of the assistant."""
    query = select(Message).where(
        Message.conversation_id == conversation, Message.seq == seq, Message.role == "assistant"
    )
    return (await session.scalars(query)).one_or_none()


async def last_answer(session: AsyncSession, conversation: str, before: int) -> Message | None:
    """Find the latest answer before a `seq`; what is further back than a few turns is not what is meant."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation, Message.seq < before, Message.role == "assistant")
        .order_by(Message.seq.desc())
        .limit(_LOOK_BACK)
    )
    return next((message for message in await session.scalars(query) if _is_answer(message)), None)


async def of_messages(session: AsyncSession, messages: Sequence[Message]) -> dict[int, Rating]:
    """Give the ratings of messages of one conversation, in order, by `seq`."""
    if not messages:
        return {}
    query = select(Rating).where(
        Rating.conversation_id == messages[0].conversation_id,
        Rating.seq.between(messages[0].seq, messages[-1].seq),
    )
    return {rating.seq: rating for rating in await session.scalars(query)}


def shown(rating: Rating) -> dict[str, Any]:
    """Give a rating as channels show it: the resident's words stay with the editors."""
    return {"value": rating.value, **({"reason": rating.reason} if rating.reason else {})}


def thanks(rated: Rated, answer: Message | None) -> BotMessage:
    """Say that a rating after a complaint was kept, and how to go on: other words, the answer's own offers, a person.

    The outcome record names the answer (`seq`), so that a page can show the rating at it.
    """
    if answer is None:
        return BotMessage(text=NOTHING_TO_RATE, buttons=[PERSON], custom=Custom(outcome={"outcome": "small_talk"}))
    offered = answer.buttons if rated.reason == "not_my_case" else []
    buttons = [Button.model_validate(button) for button in offered if button["payload"] != PERSON.payload]
    return BotMessage(
        text=f"{THANKS}{GO_ON[rated.reason or 'other']}",
        buttons=[*buttons[:_BUTTONS_SHOWN], PERSON],
        custom=Custom(
            outcome={
                "outcome": "rated",
                "topic": (answer.outcome or {}).get("topic"),
                "entry": (answer.outcome or {}).get("entry"),
                "seq": answer.seq,
                "value": rated.value,
                "reason": rated.reason,
            }
        ),
    )


def _is_answer(message: Message) -> bool:
    return (message.outcome or {}).get("outcome") in RATED_OUTCOMES
