"""Answer one question: choose topic, entry, place and day, or say plainly why there is no answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.entries import Entry, Topic, Variant
from core.knowledge import Snapshot
from core.places import PROVINCE, Place
from core.text import normalise
from services.knowledge import sentences, thresholds
from services.knowledge.ranker import Ranker, Ranking
from services.knowledge.simplified import to_simplified


@dataclass(frozen=True)
class Question:
    """What is asked: words, or a topic or entry that was tapped, with the place and day."""

    text: str
    day: date
    region: str | None = None
    topic: str | None = None
    entry: str | None = None
    k: int = 3


@dataclass
class Reply:
    """The outcome record of one question, as the HTTP contract gives it."""

    outcome: str
    answer: str
    topic: str | None = None
    entry: str | None = None
    title: str | None = None
    region: str | None = None
    region_name: str | None = None
    details: str | None = None
    next_step: dict[str, str] | None = None
    notes: list[str] = field(default_factory=list)
    effective_from: str | None = None
    effective_to: str | None = None
    reviewed: str | None = None
    sources: list[dict[str, str | None]] = field(default_factory=list)
    confidence: float = 1.0
    alternatives: list[str] = field(default_factory=list)
    choices: list[dict[str, str]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    snapshot: str = ""
    urgent: bool = False
    """Someone is in danger: shown whatever else is under way."""


class Asker:
    """Questions in, outcome records out, over one snapshot and its ranker."""

    def __init__(self, snapshot: Snapshot, ranker: Ranker) -> None:
        self._snapshot, self._ranker = snapshot, ranker

    def ask(self, question: Question) -> Reply:
        """Decide one question.

        Raises:
            KeyError: `topic`, `entry` or `region` is no id of this snapshot; the key is the message.
        """
        text = normalise(question.text, to_simplified)
        places = self._snapshot.places.find(text)
        region = self._region(question, text)
        ranking = self._ranker.rank(text) if text else Ranking([], 0.0, None)
        if question.entry is not None:
            reply = self._answer_entry(self._entry(question.entry), region, question.day, 1.0)
        elif question.topic is not None:
            reply = self._answer_topic(self._topic(question.topic), text, region, question.day, 1.0)
        else:
            reply = self._decide(ranking, text, region, question.day)
        outside = next((place for place in places if place.outside), None)
        if outside is not None and not reply.outcome.startswith("declined_out") and not _inside(places):
            reply.notes.insert(0, sentences.outside_note(outside.name))
        reply.results = self._results(ranking, text, region, question.day, question.k)
        reply.snapshot = self._snapshot.number
        return reply

    def explain(self, text: str) -> dict[str, Any]:
        """Show what a message is read as, and the shares behind the decision."""
        plain = normalise(text, to_simplified)
        ranking = self._ranker.rank(plain)
        return {
            "read_as": self._ranker.read_as(plain),
            "out_of_scope": {"group": ranking.out_of_scope_group, "share": round(ranking.out_of_scope, 4)},
            "topics": [{"topic": id_, "share": round(share, 4)} for id_, share in ranking.topics[:10]],
        }

    def _region(self, question: Question, text: str) -> str | None:
        if question.region is not None and question.region not in self._snapshot.places:
            raise KeyError(f"没有地区代码 {question.region}，可用的代码见 knowledge/lexicon/places.yaml。")
        named = self._snapshot.places.region(text)
        return named.code if named is not None else question.region

    def _topic(self, id_: str) -> Topic:
        if id_ not in self._snapshot.topics:
            raise KeyError(f"没有主题 {id_}，可用的主题见 GET /api/knowledge/topics。")
        return self._snapshot.topics[id_]

    def _entry(self, id_: str) -> Entry:
        if id_ not in self._snapshot.entries:
            raise KeyError(f"没有条目 {id_}，可用的条目见 GET /api/knowledge/topics。")
        return self._snapshot.entries[id_]

    def _decide(self, ranking: Ranking, text: str, region: str | None, day: date) -> Reply:
        marked = [group for group in self._snapshot.out_of_scope.values() if group.marks(text)]
        if marked:
            # Danger before everything else, whatever order the file has.
            group = max(marked, key=lambda group: group.urgent)
            return Reply("declined_out_of_scope", group.reply, title=group.title, urgent=group.urgent)
        if not ranking.topics:
            return Reply("declined_no_source", sentences.NOT_UNDERSTOOD, confidence=0.0)
        (best, share), *others = ranking.topics
        if ranking.out_of_scope > thresholds.DECLINE and ranking.out_of_scope_group is not None:
            group = self._snapshot.out_of_scope[ranking.out_of_scope_group]
            return Reply(
                "declined_out_of_scope",
                group.reply,
                title=group.title,
                confidence=ranking.out_of_scope,
                urgent=group.urgent,
            )
        second = others[0][1] if others else 0.0
        bare = len(text) <= thresholds.BARE_WORD_CHARACTERS
        if bare or share < thresholds.ANSWER or share - second < thresholds.MARGIN:
            return self._offer(ranking)
        return self._answer_topic(self._snapshot.topics[best], text, region, day, share)

    def _offer(self, ranking: Ranking) -> Reply:
        offered = [id_ for id_, share in ranking.topics[: thresholds.TOPICS_OFFERED] if share >= thresholds.OFFER]
        confidence = ranking.topics[0][1]
        if not offered:
            return Reply("declined_no_source", sentences.NOT_UNDERSTOOD, confidence=confidence)
        choices = [{"title": self._snapshot.topics[id_].title, "topic": id_} for id_ in offered]
        return Reply(
            "clarify_topic", sentences.CLARIFY_TOPIC, alternatives=offered, choices=choices, confidence=confidence
        )

    def _answer_topic(self, topic: Topic, text: str, region: str | None, day: date, share: float) -> Reply:
        if not topic.entries:
            return Reply(
                "declined_no_source",
                sentences.no_answer_yet(topic.title),
                topic=topic.id,
                title=topic.title,
                confidence=share,
            )
        return self._answer_entry(self._nearest_entry(topic, text), region, day, share)

    def _nearest_entry(self, topic: Topic, text: str) -> Entry:
        main = topic.entries[0]
        if not text:
            return main
        scores = {entry.id: (entry, score) for entry, score in self._ranker.entries(topic.id, text)}
        best, score = max(scores.values(), key=lambda pair: pair[1])
        return best if score - scores[main.id][1] >= thresholds.ENTRY_LEAD else main

    def _answer_entry(self, entry: Entry, region: str | None, day: date, share: float) -> Reply:
        topic = self._snapshot.topics[entry.topic]
        places = self._snapshot.places
        chosen = entry.variant(places.chain(region or PROVINCE), day)
        base = {"topic": topic.id, "entry": entry.id, "title": entry.question, "confidence": share}
        if chosen is None:
            if region is None:
                choices = self._place_choices(entry, None, day)
                if choices:
                    return Reply("clarify_region", sentences.CLARIFY_REGION, choices=choices, **base)  # type: ignore[arg-type]
            answer = sentences.no_answer_there(topic.title, places.name(region or PROVINCE))
            return Reply("declined_no_source", answer, region=region, **base)  # type: ignore[arg-type]
        variant, used = chosen
        return Reply(
            "answered",
            variant.answer,
            region=region or used,
            region_name=places.name(used),
            details=variant.details,
            next_step=variant.next_step.record(),
            notes=self._notes(variant, region, used, day),
            effective_from=variant.effective_from.isoformat() if variant.effective_from else None,
            effective_to=variant.effective_to.isoformat() if variant.effective_to else None,
            reviewed=variant.reviewed.isoformat(),
            sources=[self._snapshot.source_record(source.document) for source in variant.sources],
            choices=[*self._place_choices(entry, used, day, region), *self._entry_choices(topic, entry)],
            **base,  # type: ignore[arg-type]
        )

    def _notes(self, variant: Variant, asked: str | None, used: str, day: date) -> list[str]:
        documents = [self._snapshot.documents[source.document] for source in variant.sources]
        lines = [
            sentences.region_note(asked, used, self._snapshot.places),
            f"资料有冲突：{variant.disputed}" if variant.disputed else None,
            f"请注意：{variant.notice}" if variant.notice else None,
            sentences.trust(variant, documents),
            sentences.place_and_dates(variant, self._snapshot.places, day),
        ]
        return [line for line in lines if line]

    def _place_choices(
        self, entry: Entry, used: str | None, day: date, asked: str | None = None
    ) -> list[dict[str, str]]:
        """Offer the places that have an answer of their own, where the province's answer was given.

        Whoever named a city is offered its counties only: an answer for another city is of no use there.
        """
        if used not in (None, PROVINCE):
            return []
        names = self._snapshot.places
        codes = [
            code
            for variant in entry.variants
            if variant.in_force(day)
            for code in variant.regions
            if code not in (used, PROVINCE) and (asked in (None, PROVINCE) or asked in names.chain(code))
        ]
        # Cities before counties: more residents find themselves in a short list.
        ordered = sorted(dict.fromkeys(codes), key=lambda code: not code.endswith(("-urban", "00")))
        return [
            {"title": names.name(code), "region": code, "entry": entry.id}
            for code in ordered[: thresholds.PLACES_OFFERED]
        ]

    def _entry_choices(self, topic: Topic, shown: Entry) -> list[dict[str, str]]:
        others = [entry for entry in topic.entries if entry.id != shown.id][: thresholds.ENTRIES_OFFERED]
        return [{"title": entry.question, "entry": entry.id} for entry in others]

    def _results(self, ranking: Ranking, text: str, region: str | None, day: date, k: int) -> list[dict[str, Any]]:
        chain = self._snapshot.places.chain(region or PROVINCE)
        rows = []
        for id_, share in ranking.topics[:k]:
            topic = self._snapshot.topics[id_]
            entry = self._nearest_entry(topic, text) if topic.entries else None
            chosen = entry.variant(chain, day) if entry else None
            rows.append(
                {
                    "topic": id_,
                    "entry": entry.id if entry else None,
                    "title": entry.question if entry else topic.title,
                    "answer": chosen[0].answer if chosen else None,
                    "check": chosen[0].next_step.check if chosen else None,
                    "score": round(share, 4),
                }
            )
        return rows


def _inside(places: list[Place]) -> bool:
    return any(not place.outside for place in places)
