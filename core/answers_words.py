"""What stands around an answer: marks, fillers, question words and the ways to say “I do not know”."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from core.fields import Field

# Characters of Traditional writing that occur in answers; the bot converts whole messages, a form may not.
_TRADITIONAL = str.maketrans(
    "個歲兩萬專學碩沒無辦證對過開現嗎麼點幾從來級職稱師還說記曉確寧溫紹興區縣臺麗義烏繳險買單業齡約為誰樣離總連續籤簽備東親戶間滿錢總體號曆陰陽農",
    "个岁两万专学硕没无办证对过开现吗么点几从来级职称师还说记晓确宁温绍兴区县台丽义乌缴险买单业龄约为谁样离总连续签签备东亲户间满钱总体号历阴阳农",
)
_MARKS = re.compile(r"[\s!…:\"'“”‘’()（）【】\[\]<>《》]+")
CLAUSES = re.compile(r"[,，。;；、]+|(?<!\d)\.|\.(?!\d)")
_QUESTION = re.compile(
    r"[?？]|吗|怎么|怎样|咋|如何|什么|啥|为何|多少|哪|几[个年月岁级分天]|能不能|可不可以|能否|是否|可以不|是不是|要不要|行不行|有没有|"
    r"算不算|会不会|谁|何时|多久|多长|请问|想问|问一下|问下|咨询"
)
_TURN = re.compile(r"但|不过|可是|除了|如果|要是|假如")
_NEGATION = re.compile(r"[不没未无非别莫]")
_UNKNOWN = re.compile(
    r"不知道|不清楚|不太清楚|不晓得|不确定|不太确定|说不准|说不好|说不清|不好说|忘记了?|忘了|记不清|记不得|不记得|没查过|没算过|没数过|"
    r"没印象|搞不清|弄不清|不懂|跳过|不方便说|不想说|保密|unknown"
)
# Around “不知道” even a question word is only a filler: 不知道有多少个月了.
_UNSURE_FILLER = re.compile(
    r"多少|几|多久|具体|算|哪一?级|哪一?年|什么时候|准确|确切|数|分|岁|天|年|个|月|到底|真的|也|都|了|是|有|啊|呢|吗|呀|哦|我"
)
_FILLER = re.compile(
    r"今年|现在|目前|已经|大概|大约|差不多|估计|可能|应该|左右|上下|刚刚|刚好|正好|整整|一共|总共|累计|加起来|合计|连续|"
    r"这里|这边|这儿|那里|那边|那儿|我们|俺们|咱们|当地|本地|毕业|学历|文凭|证书|一直|其实|就是|那个|哈哈|好像|开始|"
    r"非?全日制|统招|自考|成考|成人|函授|电大|在职|普通|浙江省?|杭州|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|义乌|"
    r"[我俺咱你您嗯额呃哦噢啊呀吧了的呢哈嘛啦哒喔诶哎约已有是满刚整共在大过也就才都到拿考领个前还]"
)


def asks(text: str) -> bool:
    """Tell whether a tidied text asks something."""
    return _QUESTION.search(text) is not None


def turns(text: str) -> bool:
    """Tell whether a tidied text takes back or limits what it says: 有，但是过期了."""
    return _TURN.search(text) is not None


def tidy(text: str) -> str:
    """Bring an answer to one form: NFKC, lower case, Simplified, without marks that mean nothing."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_TRADITIONAL)
    return _MARKS.sub("", text).strip(",，。.;；/~")


def joined(text: str) -> str:
    """Tidy a text and drop the marks between its clauses."""
    return CLAUSES.sub("", tidy(text))


def is_unsure(field: Field, text: str) -> bool:
    """Tell whether a text says that the resident does not know, and nothing else."""
    rest = CLAUSES.sub("", text)
    if not _UNKNOWN.search(rest):
        return False
    rest = _UNSURE_FILLER.sub("", _UNKNOWN.sub("", rest))
    return only_filler(field, rest)


def only_filler(field: Field, rest: str) -> bool:
    """Tell whether what stands around an answer says nothing else: fillers and words of the question itself."""
    rest = _FILLER.sub("", CLAUSES.sub("", rest))
    return not _NEGATION.search(rest) and set(rest) <= _question_characters(field)


@lru_cache(maxsize=512)
def _question_characters(field: Field) -> frozenset[str]:
    own = tidy(field.title + field.question)
    # Words for the same thing, so that 社保交了3年 answers a question about insurance, and not one about living here.
    if "社保" in own:
        own += "养老医疗保险参保缴纳交的"
    if "住" in own:
        own += "租房子"
    return frozenset(own) - frozenset("不没未无非别莫补断丢换改转退")
