"""What Rasa would swallow or misname: classes named in YAML, an invalid domain, ids that do not fit together."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from rasa.shared.core.domain import Domain

ROOT = Path(__file__).resolve().parents[2]


def read(name):
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def named_classes():
    config = read("config.yml")
    names = [row["name"] for key in ("importers", "pipeline", "policies") for row in config[key]]
    names += list(read("credentials.yml"))
    names.append(read("endpoints.yml")["tracker_store"]["type"])
    return [name for name in names if name.startswith("bot.")]


@pytest.mark.parametrize("name", named_classes())
def test_each_class_that_a_file_names_can_be_imported(name):
    module, _, class_ = name.rpartition(".")
    assert hasattr(import_module(module), class_)


def test_the_domain_loads_and_is_not_the_empty_one():
    domain = Domain.load(str(ROOT / "domain.yml"))
    assert "ask_topic" in domain.intents
    assert "questionnaire_form" in domain.form_names
    assert domain.session_config.session_expiration_time == 0


def test_every_intent_in_the_data_is_in_the_domain_and_has_examples():
    domain = Domain.load(str(ROOT / "domain.yml"))
    taught = set()
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        for row in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            taught.add(row["intent"])
            assert len(row["examples"].strip().splitlines()) >= 15, (path.name, row["intent"])
    assert taught == set(domain.intents) - {"restart", "back", "out_of_scope", "session_start", "nlu_fallback"}


def test_every_action_in_the_rules_is_in_the_domain():
    domain = Domain.load(str(ROOT / "domain.yml"))
    for path in (ROOT / "data" / "rules").glob("*.yml"):
        for action in re.findall(r"action: (\S+)", path.read_text("utf-8")):
            assert action in domain.action_names_or_texts, (path.name, action)


def test_every_variable_in_the_yaml_files_is_exported_by_the_launcher():
    launcher = (ROOT / "launch" / "parts.py").read_text("utf-8")
    for name in ("endpoints.yml", "credentials.yml"):
        for variable in re.findall(r"\$\{(\w+)\}", str(read(name))):
            assert f'"{variable}"' in launcher, (name, variable)
