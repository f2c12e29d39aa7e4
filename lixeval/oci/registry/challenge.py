"""`WWW-Authenticate`: what a registry asks for before it answers.

    challenges = challenge *("," challenge)
    challenge  = scheme [1*SP (token68 / parameter *("," parameter))]
    parameter  = token BWS "=" BWS (token / quoted-string)

Source: RFC 9110, sections 11.2 to 11.6.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))\s*(?:,|\Z)')
_SCHEME = re.compile(rf"\s*,*\s*({_TOKEN})(?:\s+|\s*(?:,|\Z))")
_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*\s*(?:,|\Z)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """`scheme` in lower case ("bearer", "basic"), and its parameters by their names in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse(header: str) -> list[Challenge]:
    """All challenges of a header (several headers are joined by commas); what cannot be read ends the list."""
    found: list[Challenge] = []
    position = 0
    while scheme := _SCHEME.match(header, position):
        position = scheme.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            quoted, plain = parameter.group(2), parameter.group(3)
            parameters[parameter.group(1).lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            position = parameter.end()
        if not parameters and scheme.group().endswith((" ", "\t")) and (token := _TOKEN68.match(header, position)):
            position = token.end()
        found.append(Challenge(scheme.group(1).lower(), parameters))
    return found
