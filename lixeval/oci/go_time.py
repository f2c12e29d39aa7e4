"""RFC 3339 times as Go parses and prints them (`time.RFC3339`, the `created` of images and history entries).

    time = year "-" month "-" day "T" hour ":" minute ":" second ["." fraction] ("Z" / ("+" / "-") hour ":" minute)

`T` and `Z` are upper case.  Printing keeps the offset, turns an offset of zero into `Z`, and trims the fraction's
trailing zeros.  A failure names the place where the text stops fitting the layout, in Go's words.
"""

from __future__ import annotations

import re
from typing import Any

from lixeval.errors import ImageError

LAYOUT = "2006-01-02T15:04:05Z07:00"

# Each step: what the layout calls it, what it must match.
_STEPS = (
    ("2006", r"[0-9]{4}"),
    ("-", "-"),
    ("01", r"[0-9]{2}"),
    ("-", "-"),
    ("02", r"[0-9]{2}"),
    ("T", "T"),
    ("15", r"[0-9]{1,2}"),
    (":", ":"),
    ("04", r"[0-9]{2}"),
    (":", ":"),
    ("05", r"[0-9]{2}(?:[.,][0-9]+)?"),
    ("Z07:00", r"Z|[+-][0-9]{2}:[0-9]{2}"),
)


def _fail(text: str, reason: str) -> ImageError:
    return ImageError(f'parsing time "{text}"' + reason)


def _fields(text: str) -> list[str]:
    position, found = 0, []
    for name, pattern in _STEPS:
        match = re.compile(pattern).match(text, position)
        if match is None:
            raise _fail(text, f' as "{LAYOUT}": cannot parse "{text[position:]}" as "{name}"')
        found.append(match.group())
        position = match.end()
    if position < len(text):
        raise _fail(text, f': extra text: "{text[position:]}"')
    return found


def _days(year: int, month: int) -> int:
    """How many days a month has by Gregorian rules, which Go applies to every year, also to year 0."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def normalise(text: str) -> str:
    """The time as Go prints it back; raises ImageError with Go's message for text that is no RFC 3339 time."""
    year, _, month, _, day, _, hour, _, minute, _, second, zone = _fields(text)
    whole, _, fraction = second.replace(",", ".").partition(".")
    if not 1 <= int(month) <= 12:
        raise _fail(text, ": month out of range")
    if not 1 <= int(day) <= _days(int(year), int(month)):
        raise _fail(text, ": day out of range")
    for value, limit, name in ((hour, 24, "hour"), (minute, 60, "minute"), (whole, 60, "second")):
        if int(value) >= limit:
            raise _fail(text, f": {name} out of range")
    if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:6]) > 60):
        raise _fail(text, f": time zone offset {'hour' if int(zone[1:3]) > 24 else 'minute'} out of range")
    fraction = fraction[:9].rstrip("0")
    zone = "Z" if zone[1:] == "00:00" else zone
    return f"{year}-{month}-{day}T{int(hour):02}:{minute}:{whole}{'.' + fraction if fraction else ''}{zone}"


def from_json(value: Any) -> str:
    """The same for a JSON value, which must be a string."""
    if not isinstance(value, str):
        raise ImageError("Time.UnmarshalJSON: input is not a JSON string")
    return normalise(value)
