"""Lengths of time, ages, money, education, skill and title levels in a message, by spaCy's EntityRuler.

The pipeline of spaCy is blank Chinese with the `char` segmenter (with jieba's words, names such as 临平区 are
missed) and is kept whole inside the model archive, so that a model can be moved.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language

from core.yamlfile import load

PROJECT = Path(__file__).resolve().parents[2]
# Fields of knowledge/fields.yaml whose values are entities of the same name.
LEVELS = ("education", "skill_level", "title_level")
# Shorter words, such as 无 or 本, stand in too many others.
MIN_WORD = 2

_NUMBER = {"TEXT": {"REGEX": r"^[0-9.零〇一二两三四五六七八九十百千半]$"}, "OP": "+"}
_MEASURES: dict[str, tuple[tuple[str, ...], ...]] = {
    "age": (("岁",), ("周", "岁")),
    "duration": (("年",), ("年", "半"), ("个", "月"), ("月",), ("个", "半", "月"), ("天",), ("周",)),
    "money": (("元",), ("块",), ("块", "钱"), ("万",), ("万", "元"), ("千", "元")),
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SpacyEntities(GraphComponent):
    """Add entities; levels carry the canonical value of knowledge/fields.yaml, measures their own words."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the defaults."""
        # Relative to the project; read when the model is trained.
        return {"fields": "knowledge/fields.yaml"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyEntities:
        """Make the component before training."""
        return cls(build(PROJECT / config["fields"]), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> SpacyEntities:
        """Read the pipeline from the model archive."""
        with model_storage.read_from(resource) as folder:
            return cls(spacy.load(folder / "spacy"), model_storage, resource)

    def __init__(self, nlp: Language, model_storage: ModelStorage, resource: Resource) -> None:
        self._nlp, self._storage, self._resource = nlp, model_storage, resource

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the pipeline in the model archive; nothing is learned from examples."""
        with self._storage.write_to(self._resource) as folder:
            self._nlp.to_disk(folder / "spacy")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what is found in each message to its entities."""
        for message in messages:
            found = self.entities(message.get(TEXT) or "")
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def entities(self, text: str) -> list[dict[str, Any]]:
        """Give the entities of one text, in order, without overlaps."""
        return [
            {
                "entity": span.label_,
                "value": span.ent_id_ or span.text,
                "start": span.start_char,
                "end": span.end_char,
                "extractor": "SpacyEntities",
            }
            for span in self._nlp(text).ents
        ]


def build(fields: Path) -> Language:
    """Make the pipeline with the values and aliases of the levels, and the measures."""
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})
    patterns: list[dict[str, Any]] = [
        {"label": label, "pattern": [_NUMBER, *({"TEXT": character} for character in unit)]}
        for label, units in _MEASURES.items()
        for unit in units
    ]
    for row in load(fields)["fields"]:
        if row["id"] in LEVELS:
            patterns.extend(_levels(row))
    nlp.add_pipe("entity_ruler").add_patterns(patterns)
    return nlp


def _levels(row: Any) -> list[dict[str, Any]]:
    patterns = []
    for value in row["values"]:
        words = [value] if isinstance(value, str) else [value["value"], value.get("title"), *value.get("aliases", ())]
        for word in dict.fromkeys(str(word) for word in words if word):
            if len(word) >= MIN_WORD and word[0] not in "无没未":
                patterns.append({"label": row["id"], "pattern": word, "id": str(_canonical(value))})
    return patterns


def _canonical(value: Any) -> Any:
    return value["value"] if not isinstance(value, str) else value
