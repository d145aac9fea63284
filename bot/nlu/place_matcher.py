"""Places of Zhejiang named in a message, from the one register in knowledge/lexicon/places.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from core.places import Places

PROJECT = Path(__file__).resolve().parents[2]
ENTITY = "place"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceMatcher(GraphComponent):
    """Add an entity `place`, valued by its GB/T 2260 code, for each place of the province."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the defaults."""
        # Relative to the project: the register is read at each start, so that a new place needs no training.
        return {"register": "knowledge/lexicon/places.yaml"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceMatcher:
        """Make the component from the register."""
        return cls(Places.load(PROJECT / config["register"]))

    def __init__(self, places: Places) -> None:
        self._places = places

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the places of each message to its entities."""
        for message in messages:
            found = self.entities(message.get(TEXT) or "")
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def entities(self, text: str) -> list[dict[str, Any]]:
        """Give the places of a text as Rasa entities; places outside the province are left out."""
        return [
            {
                "entity": ENTITY,
                "value": place.code,
                "start": place.start,
                "end": place.end,
                "extractor": "PlaceMatcher",
            }
            for place in self._places.find(text)
            if place.code is not None
        ]
