"""Answer a question with the approved text, its notes, its sources and what to do next."""

from __future__ import annotations

import logging
import re
from typing import Any

from actions.base import Event, Step, Turn, set_slots
from actions.clients import knowledge
from actions.clients.http import ServiceError
from actions.clients.knowledge import Answer
from actions.messages import PERSON, Button, button, say
from core.numerals import read_number

logger = logging.getLogger(__name__)

UNAVAILABLE = (
    "政策资料暂时查不到，不代表没有这项规定，也不代表您不符合。"
    "请过一会儿再问我一次；着急的话，请拨打 12345 政务服务热线。"
)
PROVINCE = "330000"
CHECK_BUTTON = "看看我符不符合"
SCHEME_BUTTON = "算算我的积分"
# More than this does not fit a phone; the service lists the best first.
BUTTONS_SHOWN = 6
# Facts by the entity that carries them; ages of children are not the speaker's.
PASSING = ("age", "education", "skill_level", "title_level")
KEPT = "我记下了您说的：{}。以后帮您算积分、看条件会用到，说错了随时告诉我。"
_OF_MYSELF = re.compile("我|俺|本人|咱")
_A_LIMIT = re.compile("周?岁?(以上|以下|以内|之内|之前|以前|以后)|(的)?(孩子|娃|小孩|老人|父母)|就?(可以|能)")
_NOT_DIGITS = re.compile(r"[^\d零一二两三四五六七八九十百]")
# What is left of “那宁波呢” without the place: such a message asks the last question again for another place.
_ONLY_A_PLACE = re.compile(r"[那在呢的吗呀啊嘛么如果要是换成去到我这边里市区县又怎样样?？,，。!！ ]*")


class ActionAnswer(Step):
    """Ask the knowledge service and say what it answers."""

    NAME = "action_answer"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Answer the latest message, typed or tapped."""
        turn = Turn.read(tracker)
        if asks_for_another_place(turn) and not (turn.slots.get("last_question") or turn.slots.get("last_entry")):
            return _where(dispatcher, turn)
        try:
            answer = await look_up(turn)
        except ServiceError as error:
            return unavailable(dispatcher, error)
        return give(dispatcher, answer, turn)


async def look_up(turn: Turn) -> Answer:
    """Ask for what the turn asks: its words, a topic or entry that was tapped, or the last question elsewhere.

    Raises:
        ServiceError: the service gave no answer.
    """
    last, entry = turn.slots.get("last_question") or "", turn.slots.get("last_entry")
    tapped = turn.payload
    region = tapped.get("region") or turn.place()
    if tapped.get("entry"):
        return await knowledge.ask("", region, entry=tapped["entry"], correlation=turn.correlation)
    if tapped.get("topic"):
        return await knowledge.ask(last, region, topic=tapped["topic"], correlation=turn.correlation)
    elsewhere = asks_for_another_place(turn)
    if entry and (tapped.get("region") or elsewhere):
        return await knowledge.ask("", region, entry=entry, correlation=turn.correlation)
    if elsewhere and last:
        # “那宁波呢” after choices: a place by itself asks nothing, so the last question is asked again there.
        return await knowledge.ask(last, region, correlation=turn.correlation)
    # The service finds the place in the words itself, so only what was said before is passed on.
    return await knowledge.ask(turn.text or last or "？", turn.region, correlation=turn.correlation)


def give(dispatcher: Any, answer: Answer, turn: Turn) -> list[Event]:
    """Say an answer, or the approved sentence of why there is none; remember topic, place and question."""
    answered = answer["outcome"] == "answered"
    # A place that was named counts for the choices that follow too, not only once there is an answer.
    named = turn.places()[-1] if turn.places() else None
    region = answer["region"] if answer["region"] not in (None, PROVINCE) else named
    moved = region is not None and region != turn.region
    said = said_in_passing(turn)
    facts = {**turn.facts, **{name: fact for name, (fact, _) in said.items()}} if said else None
    noted = [KEPT.format("、".join(words for _, words in said.values()))] if said else []
    say(
        dispatcher,
        wording(answer),
        answer["outcome"],
        record=outcome_record(answer),
        buttons=buttons(answer),
        details=answer["details"],
        notes=[*answer["notes"], *noted],
        sources=answer["sources"],
        region=region if moved else None,
        facts=facts,
    )
    kept = turn.slots.get("last_question")
    # What is not ours is no question to ask again for another place.
    again = asks_for_another_place(turn) or answer["outcome"] == "declined_out_of_scope"
    slots: dict[str, Any] = {"last_question": kept if again else turn.text or kept}
    step = (answer["next_step"] or {}) if answered else {}
    slots["offered"] = {name: step[name] for name in ("check", "scheme") if step.get(name)} or None
    if answered or answer["outcome"] == "clarify_region":
        slots.update(last_topic=answer["topic"], last_entry=answer["entry"])
    if moved:
        slots["region"] = region
    if facts is not None:
        slots["facts"] = facts
    return set_slots(**{name: value for name, value in slots.items() if value != turn.slots.get(name)})


def _where(dispatcher: Any, turn: Turn) -> list[Event]:
    """Keep a place that was said before any question, and ask what is wanted there."""
    text = "好的，我记住是这个地方了。您想问哪件事？比如落户、居住证、孩子上学、社保、租房、工资，直接说就行。"
    say(dispatcher, text, "small_talk", region=turn.place())
    return set_slots(region=turn.place())


def said_in_passing(turn: Turn) -> dict[str, tuple[Any, str]]:
    """Give the facts that residents say of themselves beside their question, with their own words.

    Only what is said of the speaker, and as a fact: “35岁以下能落户吗” says nobody's age.
    """
    found: dict[str, tuple[Any, str]] = {}
    if not _OF_MYSELF.search(turn.text):
        return found
    for entity in turn.entities:
        name, words = entity["entity"], turn.text[entity.get("start", 0) : entity.get("end", 0)]
        if name not in PASSING or _A_LIMIT.match(turn.text[entity.get("end", 0) :]):
            continue
        if name != "age":
            found[name] = (str(entity["value"]), words)
        elif (number := read_number(_NOT_DIGITS.sub("", words))) is not None and 14 <= number <= 100:
            found[name] = (int(number), words)
    return {name: kept for name, kept in found.items() if turn.facts.get(name) != kept[0]}


def unavailable(dispatcher: Any, error: ServiceError) -> list[Event]:
    """Say that nothing can be looked up now; never that there is no rule."""
    logger.error("knowledge: %s", error)
    say(dispatcher, UNAVAILABLE, "error_knowledge", buttons=(PERSON,))
    return []


def wording(answer: Answer) -> str:
    """Give the text: the answer, then the next step with its address or number."""
    step = answer["next_step"]
    if answer["outcome"] != "answered" or not step:
        return answer["answer"].strip()
    where = step.get("url") or ""
    phone = step.get("phone")
    if phone and phone not in step["text"]:
        where = f"（电话：{phone}）"
    return f"{answer['answer'].strip()}\n\n下一步：{step['text']}{where}"


def buttons(answer: Answer) -> list[Button]:
    """Offer the check or points that go with the answer, then the choices of the service."""
    offered: list[Button] = []
    step = answer["next_step"] or {}
    if step.get("check"):
        offered.append(button(CHECK_BUTTON, "start_check", check=step["check"]))
    if step.get("scheme"):
        offered.append(button(SCHEME_BUTTON, "start_points", scheme=step["scheme"]))
    for choice in answer["choices"]:
        offered.append(
            button(
                choice["title"],
                "ask_topic",
                topic=None if choice.get("entry") else choice.get("topic"),
                entry=choice.get("entry"),
                region=choice.get("region"),
            )
        )
    if answer["outcome"].startswith("declined") or answer["outcome"] == "clarify_topic":
        return [*offered[: BUTTONS_SHOWN - 1], PERSON]
    return offered[:BUTTONS_SHOWN]


def outcome_record(answer: Answer) -> dict[str, Any]:
    """Give the part of the outcome record that only the service knows."""
    record = {key: answer.get(key) for key in ("topic", "entry", "region", "confidence", "alternatives", "snapshot")}
    # Whoever is in danger is not asked to rate what they were told.
    return {**record, "urgent": True} if answer.get("urgent") else record


def asks_for_another_place(turn: Turn) -> bool:
    """Tell whether a message holds a place and nothing else, such as “那宁波呢”."""
    spans = [(e["start"], e["end"]) for e in turn.entities if e["entity"] == "place"]
    rest = turn.text
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + rest[end:]
    return bool(spans) and _ONLY_A_PLACE.fullmatch(rest) is not None
