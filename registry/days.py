"""Days and months of sample people, fixed or counted from today, so that a demonstration never grows old.

"2024-03-01" and "2024-03" stand as they are; "+200d" and "-3d" are days from today, "-1m" months from
this one. Today is the day in Asia/Shanghai.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAYS = re.compile(r"([+-][0-9]{1,5})d")
_MONTHS = re.compile(r"([+-][0-9]{1,4})m")


def today() -> date:
    """Give the day in Asia/Shanghai."""
    return datetime.now(SHANGHAI).date()


def resolved(value: Any, day: date) -> Any:
    """Give a record with each relative day or month replaced."""
    if isinstance(value, dict):
        return {key: resolved(part, day) for key, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, day) for part in value]
    if isinstance(value, str) and (match := _DAYS.fullmatch(value)):
        return (day + timedelta(days=int(match[1]))).isoformat()
    if isinstance(value, str) and (match := _MONTHS.fullmatch(value)):
        return month(day.year * 12 + day.month - 1 + int(match[1]))
    return value


def index(text: str) -> int:
    """Count a month "2024-03" from year 0."""
    year, _, number = text.partition("-")
    return int(year) * 12 + int(number) - 1


def month(number: int) -> str:
    """Write the month that `index` counted."""
    return f"{number // 12:04}-{number % 12 + 1:02}"
