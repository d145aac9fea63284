"""The NLU components one by one, and the trained model on messages it has not seen."""

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.importer import KnowledgeImporter, spread
from bot.nlu.normaliser import Normaliser
from bot.nlu.place_matcher import PROJECT, PlaceMatcher
from bot.nlu.sentence_encoder import SentenceEncoder
from bot.nlu.spacy_entities import build
from bot.nlu.tokenizer import ChineseTokenizer
from core.places import Places

MODEL = Path(__file__).resolve().parents[2] / "models" / "anju.tar.gz"


@pytest.fixture(scope="module")
def agent():
    os.environ.setdefault("ANJU_TRACKER_DB", ":memory:")
    return Agent.load(str(MODEL))


def intent_of(agent, text):
    return asyncio.run(agent.parse_message(text))["intent"]["name"]


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [("落戶要幾個月", "落户要几个月"), ("／restart", "restart"), ("４８個月", "48个月"), (" 居住证\x00 ", "居住证")],
)
def test_a_message_is_normalised_before_anything_else(typed, read_as):
    message = Message({TEXT: typed})
    Normaliser.create(Normaliser.get_default_config(), None, None, None).process([message])
    assert message.get(TEXT) == read_as


@pytest.mark.parametrize("text", ["", " ", "　", "。", "居住证 丢了"])
def test_a_message_always_has_a_token_and_never_a_blank_one(text):
    tokenizer = ChineseTokenizer(ChineseTokenizer.get_default_config(), None, None)
    tokens = tokenizer.tokenize(Message({TEXT: text}), TEXT)
    assert tokens
    assert all(token.text.strip() for token in tokens)


def test_the_encoder_gives_one_vector_of_the_length_it_is_given():
    node = SimpleNamespace(node_name="encoder")
    encoder = SentenceEncoder.create(SentenceEncoder.get_default_config(), None, None, node)
    message = Message({TEXT: "租房能落户吗"})
    encoder.process([message])
    _, sentence = message.get_dense_features(TEXT)
    assert sentence.features.shape == (1, 512)
    length = SentenceEncoder.get_default_config()["length"]
    assert np.isclose(np.linalg.norm(sentence.features), length, atol=1e-3)


@pytest.mark.parametrize(
    ("text", "code"),
    [("嘉兴市", "330400"), ("我在永康市上班", "330784"), ("临平区能办吗", "330113"), ("江西老表", None)],
)
def test_places_are_found_by_their_codes(text, code):
    matcher = PlaceMatcher(Places.load(PROJECT / "knowledge/lexicon/places.yaml"))
    assert [entity["value"] for entity in matcher.entities(text)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("我今年35岁", "age", "35岁"),
        ("社保交了四年半", "duration", "四年半"),
        ("大专毕业", "education", "大专"),
        ("考了高级工证", "skill_level", "高级工"),
        ("评了中级职称", "title_level", "中级职称"),
        ("一个月五千元", "money", "五千元"),
    ],
)
def test_levels_and_measures_are_found_by_spacy(text, label, value):
    nlp = build(PROJECT / "knowledge/fields.yaml")
    assert (label, value) in [(span.label_, span.ent_id_ or span.text) for span in nlp(text).ents]


def test_at_most_ten_phrasings_a_topic_are_learned_and_all_as_questions():
    examples = list(KnowledgeImporter().examples())
    assert {intent for _, intent in examples} == {"ask_topic", "start_points"}
    assert len({text for text, _ in examples}) == len(examples)
    assert spread([str(i) for i in range(100)], 10)[0] == "0"
    assert len(spread([str(i) for i in range(100)], 10)) == 10


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("您好呀", "greet"),
        ("在不在", "greet"),
        ("多谢多谢，帮大忙了", "thank"),
        ("先这样吧，拜拜", "goodbye"),
        ("帮我转个真人", "human_handoff"),
        ("我要和工作人员说话", "human_handoff"),
        ("你究竟是人还是程序", "bot_challenge"),
        ("你说得不对啊", "complaint"),
        ("这个回答不对", "complaint"),
        ("答错了", "complaint"),
        ("说的不是我问的", "complaint"),
        ("你这个答案不对吧", "complaint"),
        ("答的不是我问的", "complaint"),
        ("麻烦算一下我有多少积分", "start_points"),
        ("想测测自己积分够多少", "start_points"),
        ("你看我这样能不能在宁波落户", "start_check"),
        ("不想继续算了，停", "stop"),
        ("重新开始", "start_over"),
        ("户口本丢了迁户口会受影响吗", "ask_topic"),
        ("我家娃明年上小学要准备什么", "ask_topic"),
        ("台州落户要住几年", "ask_topic"),
        ("签注过期了还补得了吗", "ask_topic"),
        ("租的房子能不能把户口迁过来", "ask_topic"),
        ("杭州落户要多少分", "ask_topic"),
        ("今天天气怎么样", "ask_topic"),
        ("帮我写首诗", "ask_topic"),
        ("老板拖着工资三个月没发，电话也不接，我们十几个工友该去哪里说理", "ask_topic"),
    ],
)
def test_the_model_tells_acts_runs_and_questions_apart(agent, text, intent):
    assert (
        intent_of(agent, text) in {intent, "nlu_fallback"}
        if intent == "ask_topic"
        else intent_of(agent, text) == intent
    )


@pytest.mark.parametrize(("text", "word"), [("我要办异地就医备案", "异地就医备案"), ("浙里新市民在哪", "浙里新市民")])
def test_jieba_knows_the_words_of_the_field(agent, text, word):
    spans = asyncio.run(agent.parse_message(text))["text_tokens"]
    assert word in [text[start:end] for start, end in spans]
