"""A table, a route or a points scheme as a page of Markdown in Chinese, for the people who keep the rules.

Without a day a page shows every dated value; with one, what holds on that day. It depends on the files alone, not on
today's date, so that it changes only when the rules do. `pages` are those that `docs/rules/` keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any

from core.eligibility_tables import OUTCOMES, Branch, Check, Figure, Route, Rule, Table
from core.entries import Document
from core.field import Field
from core.fields import format_value
from core.knowledge import Snapshot
from core.points import Scheme
from core.rules_dated import Dated, Period
from core.rules_words import Names, clause_words, formula_words, rule_words, with_unit

# A question for a place has a hundred answers; the page names the first.
ANSWERS_SHOWN = 10
OUTCOME_NAMES = {
    "eligible": "符合",
    "likely": "很可能符合",
    "not_yet": "暂时不符合",
    "ineligible": "不符合",
    "refer": "走别的途径",
    "need_info": "情况不够",
    "info": "说明情况",
    "required": "必须办",
    "not_required": "可以不办",
    "voluntary": "自愿",
    "overdue": "已逾期",
    "done": "已办好",
    "due": "现在可以办",
    "not_due": "还没到时间",
    "expired": "已过期",
}
_COMBINE = {
    "any": "依次看下面几条路，有一条走得通就行",
    "first_then_detail": "先看第一条；大概率可以时，再按后面的细则看",
}
_NUMBERS = {
    "cap": "上限",
    "per": "每单位",
    "per_year": "每年",
    "unit": "几个算一单位",
    "youngest": "最小",
    "base_from": "基础分从",
    "base_to": "基础分到",
    "base_points": "基础分",
    "base": "基础分",
    "points": "分值",
    "plateau_to": "满分到",
    "at": "满",
    "from": "从第几个起",
    "first": "先得",
    "every": "以后每",
    "then": "再得",
    "reason": "原因",
    "expr": "算法",
    "changed": "已调整",
}
_KINDS = {
    "linear_age": "按年龄递减",
    "age_plateau": "按年龄",
    "tiers": "分档",
    "per_unit": "按数量",
    "step": "先满后加",
    "base_plus_per_unit": "基础分加数量",
    "sum_per_unit": "几项数量相加",
    "formula": "按公式",
    "deduct": "扣分",
    "veto": "否决",
    "listed": "只有名目，没有查到分值",
}


@dataclass(frozen=True)
class Sources:
    """The source register as a page shows it: a short mark in the text, the document at the end."""

    documents: Mapping[str, Document]

    def short(self, ids: Iterable[str]) -> str:
        """Name documents by title and number."""
        return "、".join(_titled(self.documents.get(id), id) for id in ids)

    def listed(self, ids: Iterable[str]) -> Iterator[str]:
        """List documents with what a keeper needs to find them."""
        yield from ("## 依据", "", "| 文件 | 文号 | 发布 | 可信程度 | 编号 |", "|---|---|---|---|---|")
        for id in dict.fromkeys(ids):
            document = self.documents.get(id)
            if document is None:
                yield _row("（登记里没有这一份）", "", "", "", f"`{id}`")
            else:
                yield _row(
                    document.title, document.number or "—", document.published or "没有写", document.trust, f"`{id}`"
                )
        yield ""


def render(snapshot: Snapshot, id: str, day: date | None = None) -> str:
    """Write the page of a check or of a points scheme.

    Raises:
        KeyError: no check and no scheme has this id.
        NotInForce: a day was given on which it does not hold.
    """
    if id in snapshot.tables:
        return _check_page(snapshot, snapshot.tables[id], day)
    return _scheme_page(snapshot, snapshot.schemes[id], day)


def pages(snapshot: Snapshot) -> dict[str, str]:
    """Give every page of `docs/rules/` by file name, the index as README.md."""
    found = {f"{id}.md": render(snapshot, id) for id in (*snapshot.tables, *snapshot.schemes)}
    return {**found, "README.md": "\n".join(_index(snapshot))}


def _index(snapshot: Snapshot) -> Iterator[str]:
    yield from (
        "# 规则一览",
        "",
        "由 `make rules-docs` 从 `knowledge/` 生成，不要手改。改规则的办法见 [rules.md](../rules.md)。",
        "",
    )
    groups: dict[str, list[Check]] = {}
    for check in snapshot.tables.values():
        topic = snapshot.topics.get(check.topic)
        groups.setdefault(topic.group if topic else check.topic, []).append(check)
    # In the order of topics.yaml, so that a page stands where its answers stand.
    order = list(dict.fromkeys(topic.group for topic in snapshot.topics.values()))
    for group in sorted(groups, key=lambda name: order.index(name) if name in order else len(order)):
        yield from (f"## {group}", "", "| 判断 | 问题 | 地区 | 规则 |", "|---|---|---|---|")
        for check in groups[group]:
            size = f"{len(check.rules)} 条" if isinstance(check, Table) else f"{len(check.branches)} 条路线"
            yield _row(f"[{check.title}]({check.id}.md)", check.question, _region(snapshot, check.region), size)
        yield ""
    yield from ("## 积分办法", "", "| 办法 | 指标 |", "|---|---|")
    for scheme in snapshot.schemes.values():
        yield _row(f"[{scheme.title}]({scheme.id}.md)", f"{len(scheme.indicators)} 项")
    yield ""


def _head(id: str, title: str, folder: str, day: date | None) -> Iterator[str]:
    yield from (f"# {title}", "", f"`{id}`，由 `make rules-docs` 从 `knowledge/{folder}/{id}.yaml` 生成，不要手改。")
    if day is not None:
        yield f"以下是 {day} 当天的规则。"
    yield ""


def _check_page(snapshot: Snapshot, check: Check, day: date | None) -> str:
    sources = Sources(snapshot.documents)
    lines = [*_head(check.id, check.title, "eligibility", day), f"- 居民的问题：{check.question}"]
    topic = snapshot.topics.get(check.topic)
    lines += [f"- 主题：{topic.title if topic else '（没有这个主题）'} `{check.topic}`"]
    lines += [f"- 地区：{_region(snapshot, check.region)}"]
    if isinstance(check, Table):
        lines += _table(check, sources, day)
    else:
        lines += _route(check, day)
    return "\n".join(lines)


# A table


def _table(table: Table, sources: Sources, day: date | None) -> Iterator[str]:
    if day is not None:
        table.period.require(table.id, table.title, day, table.path)
        table.numbers_on(day)
    names = Names.of(table, day)
    yield f"- 找谁问：{table.office}"
    yield f"- 有效期：{_period(table.period)}"
    yield ""
    yield from _questions(table.inputs, table.optional)
    yield from _values(table.values, sources, day)
    yield from _computed(table, names)
    yield from ("## 规则", "", "从上往下看，第一条成立的算数。", "")
    for number, rule in enumerate(table.rules, 1):
        yield f"{number}. {_rule(rule, names, sources)}"
    yield ""
    yield from _verdicts(table, names)
    yield from _notes(table.notes)
    used = (*table.documents, *(document for figure in table.values.values() for document in figure.documents))
    yield from sources.listed(used)


def _rule(rule: Rule, names: Names, sources: Sources) -> str:
    marks = [*(["否决"] if rule.veto else []), *(["资料有冲突"] if rule.disputed else [])]
    marked = f"（{'、'.join(marks)}）" if marks else ""
    short = f"答“{_filled(rule.value, names)}”，" if rule.value else ""
    answer = f"{_filled(rule.answer, names)} " if rule.answer else ""
    numbers = "".join(f"“{names.title(name)}”算 {value:.10g}。" for name, value in rule.numbers.items())
    next_step = f"下一步：{_filled(rule.next_step, names)}" if rule.next_step else ""
    return (
        f"**{rule.id}**{marked} {rule_words(rule.when, names)} → **{OUTCOME_NAMES[rule.outcome]}**："
        f"{short}{answer}{_filled(rule.reason, names)}{numbers}{next_step}（依据：{sources.short(rule.documents)}）"
    )


def _filled(text: str, names: Names) -> str:
    """Put what `{name}` stands for: a dated value itself, a computed one by its title."""
    found = []
    for literal, name, _, _ in Formatter().parse(text):
        found.append(literal)
        if name:
            found.append(names.number(name).split(" ")[0] if name in names.values else f"〔{names.title(name)}〕")
    return "".join(found)


def _questions(fields: Iterable[Field], optional: frozenset[str] = frozenset()) -> Iterator[str]:
    yield from ("## 要知道什么（按问的顺序）", "", "| 项目 | 怎么问 | 可以怎么答 | 没有说时 |", "|---|---|---|---|")
    for field in fields:
        if field.default is not None:
            unsaid = f"不问，按“{format_value(field, field.default)}”算，并说出来"
        else:
            unsaid = "先不算，后面再问" if field.id in optional else "要问"
        yield _row(f"{field.title} `{field.id}`", field.question, _answers(field), unsaid)
    yield ""


def _answers(field: Field) -> str:
    if field.values:
        titles = [value.title for value in field.values]
        more = f" 等 {len(titles)} 个" if len(titles) > ANSWERS_SHOWN else ""
        text = "、".join(titles[:ANSWERS_SHOWN]) + more
    elif field.dated:
        text = "日期" if field.type == "date" else "年月"
    else:
        text = f"{field.minimum:.10g} 到 {field.maximum:.10g} {field.unit or ''}".strip()
    return text + ("" if field.allow_unknown else "（不能答不知道）")


def _values(values: Mapping[str, Figure], sources: Sources, day: date | None) -> Iterator[str]:
    if not values:
        return
    yield from ("## 有日期的数值", "", "| 名称 | 数值 | 从哪天起 | 来源 |", "|---|---|---|---|")
    for name, figure in values.items():
        for since, value in _rows(figure.dated, day):
            yield _row(
                f"{figure.dated.title} `{name}`",
                with_unit(figure, value),
                _since(since),
                sources.short(figure.documents),
            )
    yield ""


def _rows(dated: Dated, day: date | None) -> list[tuple[date, Any]]:
    rows = [(since, value) for since, value in dated.values if day is None or since <= day]
    return rows if day is None else rows[-1:]


def _since(day: date) -> str:
    return "没有查到" if day == date.min else day.isoformat()


def _computed(table: Table, names: Names) -> Iterator[str]:
    if not table.compute and not table.results:
        return
    yield from ("## 算出来的数", "")
    for name, expression in table.compute:
        title = names.title(name)
        yield f"- {f'{title} ' if title != name else ''}`{name}` ＝ {formula_words(expression, names)}"
    for result in table.results:
        outcomes = "、".join(f"“{OUTCOME_NAMES[outcome]}”" for outcome in result.outcomes)
        unit = {"month": "写成年月", "age": "写成几岁几个月"}.get(result.format, f"单位：{result.unit or '无'}")
        yield f"- 和结论一起给出：{result.title} `{result.name}`（{unit}{f'；结论是{outcomes}时' if outcomes else ''}）"
    yield ""


def _verdicts(table: Table, names: Names) -> Iterator[str]:
    yield from ("## 结论怎么说", "", "| 结论 | 回答 | 下一步 |", "|---|---|---|")
    outcomes = dict.fromkeys([rule.outcome for rule in table.rules] + list(table.verdicts))
    for outcome in outcomes:
        verdict = table.verdicts.get(outcome)
        answer = (verdict.answer if verdict else None) or f"{OUTCOMES[outcome]}（通用说法）"
        next_step = (verdict.next_step if verdict else None) or "—"
        yield _row(OUTCOME_NAMES[outcome], _filled(answer, names), _filled(next_step, names))
    yield ""


def _notes(notes: Iterable[str]) -> Iterator[str]:
    lines = [f"- {note}" for note in notes]
    if lines:
        yield from ("## 说明", "", *lines, "")


# A route


def _route(route: Route, day: date | None) -> Iterator[str]:
    yield ""
    yield from _questions(route.inputs)
    yield from ("## 走哪条路", "", "从上往下看，第一种成立的情况算数。", "")
    for number, branch in enumerate(route.branches, 1):
        yield from _branch(number, branch, route, day)
    yield ""


def _branch(number: int, branch: Branch, route: Route, day: date | None) -> Iterator[str]:
    names = Names({field.id: field for field in route.fields}, {}, {}, day)
    yield f"{number}. {rule_words(branch.when, names)}：{_COMBINE[branch.combine]}。"
    for way in branch.ways:
        when = f"，只在{'，并且'.join(clause_words(clause, names) for clause in way.when)}时看" if way.when else ""
        hint = "，只作提示，不为它提问" if way.hint else ""
        yield f"   - [{way.table.title}]({way.table.id}.md){when}{hint}"
    if branch.none.answer:
        next_step = f"下一步：{branch.none.next_step}" if branch.none.next_step else ""
        yield f"   - 都走不通时：{branch.none.answer}{next_step}"
    for note in branch.notes:
        yield f"   - 说明：{note}"


# A points scheme: only what every scheme has, because kinds of indicators come and go


def _scheme_page(snapshot: Snapshot, scheme: Scheme, day: date | None) -> str:
    sources = Sources(snapshot.documents)
    lines = [*_head(scheme.id, scheme.title, "points", day)]
    if day is not None:
        scheme.period.require(scheme.id, scheme.title, day, scheme.path)
    used: list[str] = []
    for part in scheme.parts:
        lines += [f"## {part.title}", "", "| 指标 | 算法 | 从哪天起 | 分值 | 来源 |", "|---|---|---|---|---|"]
        for each in scheme.indicators:
            if each.part != part.id:
                continue
            used += each.documents
            for since, value in _rows(each.values, day):
                own = each.kind if value is None else value["kind"]
                kind = _KINDS.get(own, own)
                cells = f"{each.title} `{each.id}`", kind, _since(since), _points(value), sources.short(each.documents)
                lines.append(_row(*cells))
        lines.append("")
    lines += _beside(scheme, sources)
    used += scheme.documents
    used += [id for about in scheme.about for id in about.documents]
    used += [id for line in scheme.cutoffs for id in line.documents]
    used += [id for window in scheme.windows for id in window.documents]
    lines += sources.listed(used)
    return "\n".join(lines)


def _beside(scheme: Scheme, sources: Sources) -> list[str]:
    """List what is known of a scheme beside its points: no values, lines, times to apply, notes."""
    rows = [f"- {text}" for text in (scheme.no_values, scheme.background) if text]
    for about in scheme.about:
        rows.append(f"- {about.title}：{about.text}（{sources.short(about.documents)}）")
    for line in scheme.cutoffs:
        rows.append(f"- {line.period}{line.purpose}线 {_plain(line.points)} 分（{sources.short(line.documents)}）")
    for window in scheme.windows:
        when = window.every or f"{window.start} 至 {window.end}"
        rows.append(f"- {window.title}：{when}（{sources.short(window.documents)}）")
    rows += [f"- 说明：{note}" for note in scheme.notes]
    return ["## 分值以外", "", *rows, ""] if rows else []


def _points(value: Any) -> str:
    """Write the numbers of an indicator, whatever its kind: named numbers, then tiers one by one."""
    if value is None:
        return "没有这一项"
    if not isinstance(value, Mapping):
        return str(value)
    texts = []
    for key, item in value.items():
        if isinstance(item, (list, tuple)):
            texts += [text for each in item if (text := _tier(each))]
        elif key == "cap":
            texts.append("没有上限" if item is None else f"上限 {_plain(item)}")
        elif key != "kind":
            texts.append(f"{_NUMBERS.get(key, key)} {_plain(item)}")
    return "；".join(texts) or "—"


def _tier(tier: Any) -> str:
    text, low = getattr(tier, "text", ""), getattr(tier, "low", getattr(tier, "points", getattr(tier, "per", None)))
    high = getattr(tier, "high", low)
    points = "" if low is None else f" {_plain(low)} 分" if low == high else f" {_plain(low)}～{_plain(high)} 分"
    return f"{text}{points}".strip()


def _plain(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, (int, float)) else str(value)


# Parts of pages


def _titled(document: Document | None, id: str) -> str:
    if document is None:
        return f"`{id}`"
    title = f"“{document.title}”" if "《" in document.title else f"《{document.title}》"
    return f"{title}{f'（{document.number}）' if document.number else ''}"


def _period(period: Period) -> str:
    start = f"从 {period.start} 起" if period.start else "开始日期没有查到"
    return f"{start}，到 {period.end} 止" if period.end else f"{start}，没有写到哪天止"


def _region(snapshot: Snapshot, code: str) -> str:
    return f"{snapshot.places.name(code)}"


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"
