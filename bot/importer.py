"""Training data from the knowledge: up to ten phrasings of each topic, all as the one intent `ask_topic`.

Beside RasaFileImporter, which reads the acts, starters, rules and the domain. The ranker of the knowledge
service picks the topic and alone declines, so what is out of scope is `ask_topic` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional, Union

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core.yamlfile import load

KNOWLEDGE = Path(__file__).resolve().parents[1] / "knowledge"
RUNS = KNOWLEDGE.parent / "data" / "nlu" / "runs.yml"
PER_TOPIC = 10
# The one topic whose questions all ask for a run: they are `start_points`.
RUN_TOPICS = {"points.calculate": "start_points"}
# “我能不能落户” asks for a check of one's own case, which is `start_check`; the same words stand in entries too.
ASKS_FOR_A_CHECK = re.compile("(我|俺|咱|本人).{0,12}(能|可以|够|符合).{0,10}(落户|户口|居住证)")


class KnowledgeImporter(TrainingDataImporter):
    """Give NLU examples; no domain, no stories and no configuration."""

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Optional[Union[list[str], str]] = None,
        knowledge: Union[str, Path] = KNOWLEDGE,
        **_: Any,
    ) -> None:
        self._knowledge = Path(knowledge)
        # What starts a run must not be taught as a question too.
        self._starters = _examples_of(RUNS)

    def get_nlu_data(self, language: Optional[str] = "zh") -> TrainingData:
        """Give the phrasings as training examples."""
        return TrainingData([Message({TEXT: text, INTENT: intent}) for text, intent in self.examples()])

    def get_domain(self) -> Domain:
        """Give nothing; RasaFileImporter reads domain.yml."""
        return Domain.empty()

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """Give nothing; RasaFileImporter reads data/."""
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        """Give nothing; the stories of the tests are read by `rasa test`."""
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        """Give nothing; RasaFileImporter reads config.yml."""
        return {}

    def get_config_file_for_auto_config(self) -> Optional[str]:
        """Give nothing: config.yml names each component itself."""
        return None

    def examples(self) -> Iterator[tuple[str, str]]:
        """Give (text, intent) pairs, each text once, in the order of the files."""
        seen: set[str] = set()
        for topic, phrasings in self._phrasings():
            intent = RUN_TOPICS.get(topic, "ask_topic")
            # An entry may repeat a phrasing of its topic: there it also chooses the entry.
            own = dict.fromkeys(phrasings)
            usable = [t for t in own if t not in seen and t not in self._starters and not ASKS_FOR_A_CHECK.search(t)]
            for text in spread(usable, PER_TOPIC):
                seen.add(text)
                yield text, intent

    def _phrasings(self) -> Iterator[tuple[str, list[str]]]:
        for path in sorted((self._knowledge / "faq").glob("*.yaml")):
            root = load(path)
            own = [text for entry in root.get("entries") or () for text in entry["phrasings"]]
            yield root["topic"], [*root["phrasings"], *own]
        groups = self._knowledge / "out_of_scope.yaml"
        if groups.exists():
            for group in load(groups)["groups"]:
                yield group["id"], list(group["phrasings"])


def _examples_of(path: Path) -> set[str]:
    """Give the examples of a Rasa NLU file, whatever their intent."""
    blocks = [block["examples"] for block in load(path)["nlu"]]
    return {line.removeprefix("- ").strip() for block in blocks for line in block.splitlines() if line.strip()}


def spread(texts: list[str], count: int) -> list[str]:
    """Take at most `count` of the texts, evenly from first to last: neighbours are often alike."""
    if len(texts) <= count:
        return texts
    return [texts[round(i * (len(texts) - 1) / (count - 1))] for i in range(count)]
