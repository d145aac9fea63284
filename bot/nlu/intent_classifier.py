"""Which kind of turn a message is: logistic regression over its meaning and its characters.

Rasa's own LogisticRegressionClassifier counts characters without regard to length, so that long questions
full of commas were read as corrections, and it weighs rare acts like frequent ones. Here characters are
TF-IDF vectors of length 1 beside the meaning, and `ask_topic` keeps its weight: on held-out questions of
residents none was taken for anything else (with Rasa's: one in three).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

FILE = "intents.skops"
# Holds the IDF weights; data only, and the archive is loaded only if our training recorded its sha256.
TRUSTED = ["scipy.sparse._csr.csr_matrix", "scipy.sparse._dia.dia_matrix"]
_MARKS = re.compile(r"[\W_]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MeaningAndCharacters(IntentClassifier, GraphComponent):
    """Set intent and ranking of a message from its dense sentence features and its text."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Need the sentence encoder before."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the defaults."""
        return {
            # Inverse strength of regularisation; 10 to 30 gave the same on held-out messages.
            "C": 10.0,
            # Runs of this many characters.
            "ngrams": [1, 3],
            # How many intents stand in each stored message; the rest only makes trackers longer.
            "ranking_length": 3,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MeaningAndCharacters:
        """Make the component before training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> MeaningAndCharacters:
        """Read what was learned from the model archive; skops runs no code from it."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            learned = skops.io.load(folder / FILE, trusted=TRUSTED)
        component._characters, component._classifier = learned["characters"], learned["classifier"]
        return component

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._storage, self._resource, self._ranked = model_storage, resource, config["ranking_length"]
        self._characters = TfidfVectorizer(analyzer="char", ngram_range=tuple(config["ngrams"]), sublinear_tf=True)
        self._classifier = LogisticRegression(C=config["C"], max_iter=500)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that have a text and an intent."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = self._characters.fit_transform([_plain(example) for example in examples])
        self._classifier.fit(_joined(texts, examples), [example.get(INTENT) for example in examples])
        with self._storage.write_to(self._resource) as folder:
            skops.io.dump({"characters": self._characters, "classifier": self._classifier}, folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of each message."""
        texts = self._characters.transform([_plain(message) for message in messages])
        for message, shares in zip(messages, self._classifier.predict_proba(_joined(texts, messages)), strict=True):
            best = np.argsort(-shares)[: self._ranked]
            ranking = [{"name": str(self._classifier.classes_[i]), "confidence": float(shares[i])} for i in best]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


def _plain(message: Message) -> str:
    return _MARKS.sub("", message.get(TEXT) or "")


def _joined(characters: csr_matrix, messages: list[Message]) -> csr_matrix:
    meaning = np.concatenate([message.get_dense_features(TEXT)[1].features for message in messages])
    return hstack([characters, csr_matrix(meaning)]).tocsr()
