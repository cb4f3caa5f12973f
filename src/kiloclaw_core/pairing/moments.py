"""Moments as texts: RFC 3339 to milliseconds, and nothing else.

JavaScript reads many other forms, and those without a zone as local time; a moment that means something else on
another machine is none (pairing 1.11). No clock is read here.
"""

from __future__ import annotations

import re
from typing import Final

MOMENT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EPOCH: Final = 719_528
"""The days from the year 0 to 1970."""
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


def moment_of(text: str) -> int | None:
    """The moment in milliseconds since 1970, or None where the text is no moment of RFC 3339."""
    found = MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, away_hours, away_minutes = found.groups()[6:]
    away = (int(away_hours or 0), int(away_minutes or 0))
    if not _is_day(year, month, day) or not _is_time(hour, minute, second) or not _is_time(*away, 0):
        return None
    shift = (away[0] * HOUR_MS + away[1] * MINUTE_MS) * (-1 if sign == "-" else 1)
    thousandths = int((fraction or "")[:3].ljust(3, "0"))
    clock = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + thousandths
    return _days(year, month, day) * DAY_MS + clock - shift


def _is_time(hour: int, minute: int, second: int) -> bool:
    return hour < 24 and minute < 60 and second < 60  # noqa: PLR2004 - a day's own numbers


def _is_day(year: int, month: int, day: int) -> bool:
    return 1 <= month <= len(LENGTHS) and 1 <= day <= _length(year, month)


def _length(year: int, month: int) -> int:
    return LENGTHS[month - 1] + (1 if month == 2 and _is_leap(year) else 0)  # noqa: PLR2004 - February


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days(year: int, month: int, day: int) -> int:
    """The days from 1970 to this one."""
    before = year - 1
    leaps = before // 4 - before // 100 + before // 400 + 1 if year else 0  # the year 0 was one
    months = sum(_length(year, one) for one in range(1, month))
    return year * 365 + leaps + months + day - 1 - EPOCH
