"""`docs/knowledge.md`: what the content holds and what it lacks, by topic. Made by `make knowledge-report`.

The page depends on the files alone, not on today's date, so that it changes only when the content does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from core.entries import TRUST_LEVELS, Topic, Variant
from core.figures import read_figures
from core.knowledge import Snapshot
from core.places import PROVINCE

TRUST_NAMES = {"official": "官方", "seed": "省方案", "secondary": "媒体、指南", "old": "较早资料"}
SOON = timedelta(days=180)
_MISSING = re.compile(r"[^。！？；\n]*没有?(?:查|核|找)到[^。！？；\n]*")
MISSING_SHOWN = 4
MISSING_CHARACTERS = 70


def render(snapshot: Snapshot) -> str:
    """Write the page in Markdown."""
    return "\n".join([*_head(snapshot), *_groups(snapshot), *_disputed(snapshot), *_ending(snapshot), ""])


def _head(snapshot: Snapshot) -> Iterator[str]:
    variants = [variant for entry in snapshot.entries.values() for variant in entry.variants]
    figures = [ok for v in variants for _, _, ok in read_figures(v, snapshot.documents, snapshot.lexicon.phones)]
    answered = sum(bool(topic.entries) for topic in snapshot.topics.values())
    used = {source.document for variant in variants for source in variant.sources}
    levels = Counter(variant.trust for variant in variants)
    yield "# 知识库现状"
    yield ""
    yield "由 `make knowledge-report` 从 `knowledge/` 生成，不要手改。"
    yield "这是资料汇编，正式对外使用之前必须逐条向主管部门核实。"
    yield ""
    yield f"- 主题：{answered} / {len(snapshot.topics)} 个有答案。"
    yield f"- 条目：{len(snapshot.entries)} 条，分地区的答案 {len(variants)} 份。"
    yield f"- 来源文件：登记 {len(snapshot.documents)} 份，用到 {len(used)} 份。"
    yield f"- 数字和日期：共 {len(figures)} 处，其中没有列明来源的 {figures.count(False)} 处。"
    yield "- 可信程度：" + "，".join(f"{TRUST_NAMES[level]} {levels[level]} 份" for level in TRUST_LEVELS) + "。"
    yield f"- 资料有冲突的：{sum(v.disputed is not None for v in variants)} 份。"
    yield f"- 带提醒的：{sum(v.notice is not None for v in variants)} 份。"
    yield ""


def _groups(snapshot: Snapshot) -> Iterator[str]:
    groups = dict.fromkeys(topic.group for topic in snapshot.topics.values())
    for group in groups:
        topics = [topic for topic in snapshot.topics.values() if topic.group == group]
        yield f"## {group}"
        yield ""
        yield "| 主题 | 条目 | 答案 | 地区 | 问法 | 最新来源 | 可信程度 | 有冲突 |"
        yield "|---|---|---|---|---|---|---|---|"
        for topic in topics:
            yield _row(topic, snapshot)
        yield ""
        lines = [line for topic in topics for line in _missing(topic)]
        if lines:
            yield "还缺什么（答案里已向居民说明）："
            yield ""
            yield from lines
            yield ""


def _row(topic: Topic, snapshot: Snapshot) -> str:
    variants = _variants(topic)
    used = [snapshot.documents[source.document] for variant in variants for source in variant.sources]
    newest = max((document.published for document in used if document.published), default="没有写日期")
    levels = Counter(variant.trust for variant in variants)
    trust = "、".join(f"{TRUST_NAMES[level]} {levels[level]}" for level in TRUST_LEVELS if levels[level])
    phrasings = len(topic.phrasings) + sum(len(entry.phrasings) for entry in topic.entries)
    disputed = sum(variant.disputed is not None for variant in variants)
    cells = (
        f"{topic.title} `{topic.id}`",
        len(topic.entries),
        len(variants),
        _places(variants, snapshot),
        phrasings,
        newest,
        trust,
        disputed or "",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _places(variants: Iterable[Variant], snapshot: Snapshot) -> str:
    codes = dict.fromkeys(code for variant in variants for code in variant.regions)
    local = [snapshot.places.name(code) for code in codes if code != PROVINCE]
    parts = (["全省"] if PROVINCE in codes else []) + local
    return "、".join(parts[:6]) + (f" 等 {len(parts)} 处" if len(parts) > 6 else "")


def _missing(topic: Topic) -> list[str]:
    """Give what the topic's answers themselves say was not found."""
    texts = [text for v in _variants(topic) for text in (v.notice, v.disputed, v.details, v.answer) if text]
    said = dict.fromkeys(match.group().strip(" ，、") for text in texts for match in _MISSING.finditer(text))
    short = [line if len(line) <= MISSING_CHARACTERS else line[:MISSING_CHARACTERS] + "……" for line in said]
    more = f"（另有 {len(short) - MISSING_SHOWN} 处）" if len(short) > MISSING_SHOWN else ""
    return [f"- {topic.title}：{'；'.join(short[:MISSING_SHOWN])}{more}"] if short else []


def _disputed(snapshot: Snapshot) -> Iterator[str]:
    yield "## 资料有冲突的答案"
    yield ""
    for entry in snapshot.entries.values():
        for variant in entry.variants:
            if variant.disputed:
                where = "、".join(snapshot.places.name(code) for code in variant.regions)
                yield f"- `{entry.id}`（{where}）：{' '.join(variant.disputed.split())}"
    yield ""


def _ending(snapshot: Snapshot) -> Iterator[str]:
    """List answers that end within half a year of the newest review."""
    variants = [(entry, variant) for entry in snapshot.entries.values() for variant in entry.variants]
    newest = max((variant.reviewed for _, variant in variants), default=date.min)
    yield f"## 半年内到期的答案（从最近核对日 {newest} 算起）"
    yield ""
    for entry, variant in variants:
        if variant.effective_to is not None and variant.effective_to <= newest + SOON:
            yield f"- `{entry.id}`：{variant.effective_to} 到期（`faq/{variant.path}` 第 {variant.line} 行）"
    yield ""


def _variants(topic: Topic) -> list[Variant]:
    return [variant for entry in topic.entries for variant in entry.variants]
