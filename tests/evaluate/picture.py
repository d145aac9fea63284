"""The confusion of topic groups as a picture (SVG): rows are labels, columns the group of the best topic."""

from __future__ import annotations

from collections import Counter

from core.knowledge import Snapshot
from tests.evaluate.measure import OUT_OF_SCOPE, Result

CELL, LEFT, TOP = 44, 110, 110
OUTSIDE = "范围外"


def confusion(results: list[Result], snapshot: Snapshot) -> str:
    """Draw the shares; a row adds up to 1, and the diagonal is what is right."""
    groups = [*dict.fromkeys(topic.group for topic in snapshot.topics.values()), OUTSIDE]
    counts: Counter[tuple[str, str]] = Counter()
    for result in results:
        label = OUTSIDE if result.row.label == OUT_OF_SCOPE else snapshot.topics[result.row.label].group
        declined = result.outcome == "declined_out_of_scope" or not result.ranked
        counts[label, OUTSIDE if declined else snapshot.topics[result.ranked[0]].group] += 1
    totals: Counter[str] = Counter()
    for (label, _), count in counts.items():
        totals[label] += count
    size = CELL * len(groups)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + size + 10} {TOP + size + 10}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for i, group in enumerate(groups):
        middle = i * CELL + CELL // 2
        parts.append(f'<text x="{LEFT - 6}" y="{TOP + middle + 4}" text-anchor="end">{group} {totals[group]}</text>')
        parts.append(f'<text transform="translate({LEFT + middle + 4},{TOP - 6}) rotate(-60)">{group}</text>')
    for row, label in enumerate(groups):
        for column, taken in enumerate(groups):
            share = counts[label, taken] / totals[label] if totals[label] else 0.0
            shade = round(255 - 190 * share)
            fill = f"rgb({shade},{shade},255)" if row == column else f"rgb(255,{shade},{shade})"
            x, y = LEFT + column * CELL, TOP + row * CELL
            parts.append(f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{fill}" stroke="#ddd"/>')
            if counts[label, taken]:
                middle = f'x="{x + CELL // 2}" y="{y + CELL // 2 + 4}"'
                parts.append(f'<text {middle} text-anchor="middle">{share:.2f}</text>')
    return "\n".join([*parts, "</svg>", ""])
