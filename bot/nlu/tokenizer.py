"""Words of a Chinese message, by jieba; never none, since Rasa fails on a message without tokens."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.training_data.message import Message

# Stands for a message that holds nothing but blanks or marks.
NOTHING = "。"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class ChineseTokenizer(JiebaTokenizer):
    """JiebaTokenizer that drops blanks, which jieba counts as words, and always gives a token."""

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut the text into words with their places in it."""
        tokens = [token for token in super().tokenize(message, attribute) if token.text.strip()]
        return tokens or [Token(NOTHING, 0, 0)]
