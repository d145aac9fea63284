"""Bring each message to the one form that the rest of the pipeline reads."""

from __future__ import annotations

from typing import Any

from opencc import OpenCC
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core.text import normalise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normaliser(GraphComponent):
    """NFKC, Simplified characters, no control characters, no leading "/" (Rasa would run it as a command)."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Normaliser:
        """Make the component; it keeps nothing from training."""
        return cls()

    def __init__(self) -> None:
        self._simplified = OpenCC("t2s")

    def process(self, messages: list[Message]) -> list[Message]:
        """Replace the text of each message by its normal form."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str):
                message.set(TEXT, self.normal(text), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the training examples in the same way."""
        self.process(training_data.training_examples)
        return training_data

    def normal(self, text: str) -> str:
        """Give the normal form of one text; blank text stays blank."""
        return normalise(text, self._simplified.convert)
