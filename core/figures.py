"""Figures in an answer, and whether a listed source value stands behind each.

A figure is a number, a date, or a Chinese numeral before a unit of policy (三个月, 两倍). An answer may
show only figures that one of its sources lists under `values`, or that are a date of the answer or of a
source. `make check` names the others: a number nobody can trace is not shown to a resident.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.entries import Document, Value, Variant
from core.numerals import read_number

# What looks like a number and is none: document numbers, articles of a law, numbered steps, names.
_NOT_FIGURES = re.compile(
    r"[\u4e00-\u9fff]*〔\d{4}〕(?:第)?\d+号|第[\d一二三四五六七八九十百]+[条款项章号步批次期类轮段种档级个届学]"
    r"|2023(?:—2027)?年(?:的)?省(?:实施)?方案|每[^，。；]{0,5}?一个?[年月天周]|[哪任]一[年天月]"
    r"|(?m:^\s*\d+[.、)](?=\D))|[一二三四五六七八九十]年级|同一[天年]|一年一[度次]|一分钱|万一|一日游|12306App"
    r"|[A-Za-z]+\d+"
)
_DATE = re.compile(r"(?<!\d)(\d{4})(?:年|-(?=\d{2}))(?:度)?(?:(\d{1,2})(?:月|-(?=\d{2}))(?:份)?(?:(\d{1,2})日?)?)?")
_YEARS = re.compile(r"(?<!\d)(\d{4})[—–\-~至到](\d{4})(?=年|学年|\D)")
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})月(?:份)?(?:(\d{1,2})日)?")
_NUMBER = re.compile(r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)\s*(万|亿)?")
_HAN_UNITS = r"(个半月|个月|周岁|岁|年|个工作日|工作日|天|日|元|分|倍|个?小时|成|个?学期|周|个学年|学年|公里|平方米)"
_HAN = re.compile(rf"([零一二两三四五六七八九十百千万半]+)(?:多)?{_HAN_UNITS}")
_NOT_FOUND = re.compile(r"没有?(?:查|核|找|收录)到|没有收录|没查到")
_SCALE = {"万": 10_000, "亿": 100_000_000, None: 1}


@dataclass(frozen=True)
class Unbacked:
    """A figure without a source value, and the sentence it stands in."""

    figure: str
    sentence: str


class Backing:
    """The figures that an answer's sources and dates allow."""

    def __init__(self, values: Mapping[str, Value], dates: Collection[str], texts: Collection[str]) -> None:
        """Collect what is allowed.

        Args:
            values: named source values: numbers, dates (2026, 2026-04, 2026-04-10, or 04-10 for a day of every year).
            dates: dates of force and publication, ISO.
            texts: titles and numbers of the sources; a year that they name may be named.
        """
        self._numbers: set[Fraction] = set()
        self._dates = {str(day) for day in dates}
        for value in values.values():
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, str):
                    self._dates.add(item)
                else:
                    self._numbers.add(Fraction(str(item)))
        self._years = {day[:4] for day in self._dates if len(day) >= 4 and day[4:5] in ("", "-")}
        self._years |= {year for text in texts for year in re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", text)}

    def number(self, value: Fraction) -> bool:
        """Tell whether a number is a listed value."""
        return value in self._numbers

    def date(self, year: str | None, month: str | None, day: str | None) -> bool:
        """Tell whether a date, as exactly as the answer gives it, is one of the listed dates."""
        if month is None:
            return year in self._years or (year is not None and Fraction(year) in self._numbers)
        wanted = f"{int(month):02d}" + (f"-{int(day):02d}" if day else "")
        if year is not None:
            return any(known.startswith(f"{year}-{wanted}") for known in self._dates)
        short = [known[5:] if len(known) > 5 else known for known in self._dates]
        return any(known.startswith(wanted) for known in short) or (day is None and Fraction(month) in self._numbers)


def unbacked(variant: Variant, documents: Mapping[str, Document], phones: Collection[str] = ()) -> Iterator[Unbacked]:
    """Name every figure of an answer that no listed source value stands behind, sentence by sentence."""
    return (Unbacked(figure, sentence) for figure, sentence, ok in read_figures(variant, documents, phones) if not ok)


def read_figures(
    variant: Variant, documents: Mapping[str, Document], phones: Collection[str] = ()
) -> Iterator[tuple[str, str, bool]]:
    """Give every figure of an answer with its sentence, and whether a listed source value stands behind it."""
    sources = [documents[source.document] for source in variant.sources]
    values = {f"{i}.{name}": v for i, source in enumerate(variant.sources) for name, v in source.values.items()}
    days = [day.isoformat() for day in (variant.effective_from, variant.effective_to) if day]
    dates = days + [document.published for document in sources if document.published]
    backing = Backing(values, dates, [text for d in sources for text in (d.title, d.number or "")])
    known = set(phones) | ({variant.next_step.phone} if variant.next_step.phone else set())
    texts = (variant.answer, variant.details, variant.notice, variant.disputed, variant.next_step.text)
    for sentence in (part for text in texts if text for part in re.split(r"(?<=[。！？；\n])", text)):
        for figure in _figures(sentence, backing, known):
            yield figure[0], sentence.strip(), figure[1]


def _figures(sentence: str, backing: Backing, phones: Collection[str]) -> list[tuple[str, bool]]:
    text = unicodedata.normalize("NFKC", sentence)
    if phones:
        # Between other digits a hotline is part of a number: 1200 is not 120 and a 0.
        text = re.sub(rf"(?<![\d.])(?:{'|'.join(map(re.escape, phones))})(?![\d.万亿元分])", " ", text)
    text = _NOT_FIGURES.sub(" ", text)
    found: list[tuple[str, bool]] = []

    def years(match: re.Match[str]) -> bool:
        return all(backing.date(year, None, None) for year in match.groups())

    def dated(match: re.Match[str]) -> bool:
        # A year may be named to say that nothing was found for it.
        absent = match[2] is None and _NOT_FOUND.search(text) is not None
        return absent or backing.date(match[1], match[2], match[3])

    def month_day(match: re.Match[str]) -> bool:
        return backing.date(None, match[1], match[2])

    def number(match: re.Match[str]) -> bool:
        value = Fraction(match[1].replace(",", "").rstrip("."))
        return backing.number(value) or backing.number(value * _SCALE[match[2]])

    def han(match: re.Match[str]) -> bool | None:
        value = Fraction(1, 2) if match[1] == "半" else read_number(match[1])
        if value is None:
            return None
        return backing.number(value) or (match[2] == "年" and backing.number(value * 12))

    # What one reader took is blanked, so that the next does not read part of it again.
    readers = ((_YEARS, years), (_DATE, dated), (_MONTH_DAY, month_day), (_NUMBER, number), (_HAN, han))
    for pattern, read in readers:
        found += [(m.group(), ok) for m in pattern.finditer(text) if (ok := read(m)) is not None]
        text = pattern.sub(" ", text)
    return found
