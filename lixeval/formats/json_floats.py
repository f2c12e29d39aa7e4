"""Floats in JSON: the digits that C++ Nix's JSON library writes.

It uses Florian Loitsch's Grisu2 ("Printing Floating-Point Numbers Quickly and Accurately with Integers", PLDI 2010):
digits that always read back as the same number, and that nearly always (but not always) are the fewest.  Python's
repr() is always shortest, so about one number in a thousand would come out differently; derivations have such text in
their environment, and their hash would differ.

A number is scaled by a power of ten, of which every eighth is known to 64 bits, so that its digits can be taken off
with integers.  The interval of the decimals that read back as this number is scaled along, and digits are made until
the rest lies within.
"""

from __future__ import annotations

from functools import cache
from struct import pack, unpack

_MASK = 2**64 - 1

_FIRST_POWER = -300
_POWER_STEP = 8
_ALPHA = -60
"""The scaled number has a binary exponent from -60 to -32."""


def json_float(number: float) -> str:
    """A float as JSON; `null` for infinities and NaN."""
    if number != number or number in (float("inf"), float("-inf")):
        return "null"
    sign = "-" if number < 0 or (number == 0 and str(number)[0] == "-") else ""
    if number == 0:
        return sign + "0.0"
    if abs(number) < 1e12 and (4 * number).is_integer():
        # Exact in few digits: there is nothing shorter or nearer.
        return repr(number)
    digits, exponent = shortest_digits(abs(number))
    return sign + _layout(digits, exponent)


def _layout(digits: str, exponent: int) -> str:
    """`digits` times ten to the `exponent`: plain from 0.0001 up to 15 digits before the point, else scientific."""
    point = len(digits) + exponent
    if exponent >= 0 and point <= 15:
        return digits + "0" * exponent + ".0"
    if 0 < point <= 15:
        return f"{digits[:point]}.{digits[point:]}"
    if -4 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    power = point - 1
    return f"{digits[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02}"


def shortest_digits(number: float) -> tuple[str, int]:
    """The digits of a positive finite float and the power of ten to multiply them with."""
    significand, low, high, exponent = _boundaries(number)
    power, power_significand, power_exponent = _scale(exponent)
    scaled = _product(significand, power_significand)
    # One unit inside of the interval, because the products are rounded.
    scaled_low = _product(low, power_significand) + 1
    scaled_high = _product(high, power_significand) - 1
    digits, shift = _digits(scaled_low, scaled, scaled_high, exponent + power_exponent + 64)
    return digits, shift - power


def _boundaries(number: float) -> tuple[int, int, int, int]:
    """The number and the ends of the interval that rounds to it, as 64-bit integers, and their common exponent."""
    (bits,) = unpack("<Q", pack("<d", number))
    biased, fraction = bits >> 52, bits & (2**52 - 1)
    significand, exponent = (fraction, -1074) if biased == 0 else (fraction + 2**52, biased - 1075)
    # The gap below a power of two is half as wide as the one above.
    closer_below = fraction == 0 and biased > 1
    high = 2 * significand + 1
    shift = 64 - high.bit_length()
    low = (4 * significand - 1) << (shift - 1) if closer_below else (2 * significand - 1) << shift
    return significand << (shift + 1), low, high << shift, exponent - 1 - shift


def _scale(exponent: int) -> tuple[int, int, int]:
    """The power of ten that brings a binary exponent into range: its decimal exponent, 64-bit significand, exponent."""
    wanted = _ALPHA - exponent - 1
    decimal = (wanted * 78913 >> 18 if wanted >= 0 else -(-wanted * 78913 >> 18)) + (1 if wanted > 0 else 0)
    power = _FIRST_POWER + (decimal - _FIRST_POWER + _POWER_STEP - 1) // _POWER_STEP * _POWER_STEP
    return power, *_power_of_ten(power)


@cache
def _power_of_ten(power: int) -> tuple[int, int]:
    """Ten to the `power`, rounded to a significand of 64 bits and its binary exponent."""
    if power >= 0:
        exact = 10**power
        shift = exact.bit_length() - 64
        if shift <= 0:
            return exact << -shift, shift
        significand = (exact + (1 << (shift - 1))) >> shift
    else:
        divisor = 10**-power
        shift = -(divisor.bit_length() + 63)
        significand = ((2 << -shift) // divisor + 1) >> 1
        if significand < 2**63:
            shift -= 1
            significand = ((2 << -shift) // divisor + 1) >> 1
    if significand > _MASK:
        return significand >> 1, shift + 1
    return significand, shift


def _product(left: int, right: int) -> int:
    """The upper half of the product of two 64-bit integers, rounded."""
    return (left * right + 2**63) >> 64


def _digits(low: int, number: int, high: int, exponent: int) -> tuple[str, int]:
    """Digits of a decimal between `low` and `high`, near `number`; the power of ten to multiply them with."""
    delta, distance = high - low, high - number
    one = 1 << -exponent
    whole, part = high >> -exponent, high & (one - 1)
    digits: list[int] = []
    left = len(str(whole))
    ten = 10 ** (left - 1)
    while left > 0:
        digit, whole = divmod(whole, ten)
        digits.append(digit)
        left -= 1
        rest = (whole << -exponent) + part
        if rest <= delta:
            _round(digits, distance, delta, rest, ten << -exponent)
            return "".join(map(str, digits)), left
        ten //= 10
    after = 0
    while True:
        part *= 10
        digits.append(part >> -exponent)
        part &= one - 1
        after += 1
        delta *= 10
        distance *= 10
        if part <= delta:
            break
    _round(digits, distance, delta, part, one)
    return "".join(map(str, digits)), -after


def _round(digits: list[int], distance: int, delta: int, rest: int, unit: int) -> None:
    """Lowers the last digit as long as that brings the decimal nearer to the number and keeps it in the interval."""
    while (
        rest < distance
        and delta - rest >= unit
        and (rest + unit < distance or distance - rest > rest + unit - distance)
    ):
        digits[-1] -= 1
        rest += unit
