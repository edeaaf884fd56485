"""Unified social credit codes by GB 32100-2015.

18 characters: registering authority (1), kind of body (2), six digits of the registering place (3-8), the body's own
nine characters (9-17), a check character (18). The check character is computed by MOD 31-3 of GB/T 17710. The place
is not looked up in GB/T 2260, which lacks the 100000 of national registrations and drops codes that issued credit
codes go on bearing. The check character inside the body's own part (17, GB 11714) is not verified.
"""

import re
import unicodedata
from operator import mul
from typing import Final

__all__ = ["ALPHABET", "InvalidCreditCode", "check", "check_digit", "compact", "complete"]

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters in the order of their values 0-30; I, O, Z, S and V are left out as easily misread."""

LENGTH: Final = 18

_MODULUS: Final = len(ALPHABET)  # 31 is prime, so that every single wrong character changes the sum
_WEIGHTS: Final = tuple(pow(3, position, _MODULUS) for position in range(LENGTH - 1))
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_PLACE: Final = range(3, 9)  # positions are counted from 1, as in the standard
_FORM = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{9,10}}")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")  # white space; hyphens, dashes and the minus sign


class InvalidCreditCode(ValueError):
    """The text is no unified social credit code; the message says in Chinese what is wrong."""


def check(code: str) -> str:
    """`code` itself when it is valid, as written in the standard; apply `compact` first to what people typed.

    Raises `InvalidCreditCode` for a wrong length, a wrong character (naming it and its position) or a wrong check
    character (naming the one expected).
    """
    _check_characters(code, LENGTH)
    expected = check_digit(code[:-1])
    if code[-1] != expected:
        raise InvalidCreditCode(f"统一社会信用代码校验码不符：第18位应为“{expected}”，实为“{code[-1]}”")
    return code


def check_digit(first17: str) -> str:
    """The check character for the first 17; raises `InvalidCreditCode` when one of those cannot stand there."""
    _check_characters(first17, LENGTH - 1)
    total = sum(map(mul, _WEIGHTS, map(_VALUES.__getitem__, first17)))
    return ALPHABET[-total % _MODULUS]


def complete(first17: str) -> str:
    """The whole code of 18 characters; raises `InvalidCreditCode` as `check_digit` does."""
    return first17 + check_digit(first17)


def compact(text: str) -> str:
    """`text` in half-width capitals without spaces and dashes; whether it is then valid is for `check` to say."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _check_characters(text: str, length: int) -> None:
    if len(text) != length:
        part = "" if length == LENGTH else f"前{length}位"
        raise InvalidCreditCode(f"统一社会信用代码{part}应为{length}位，实为{len(text)}位")
    if _FORM.fullmatch(text):
        return  # millions of codes are checked, and hardly any is wrong
    for position, character in enumerate(text, start=1):
        if character not in ALPHABET:
            allowed = "只能用数字和除I、O、Z、S、V外的大写字母"
            raise InvalidCreditCode(f"统一社会信用代码第{position}位“{character}”有误：{allowed}")
        if position in _PLACE and not character.isdigit():
            allowed = "第3至8位是行政区划码，只能用数字"
            raise InvalidCreditCode(f"统一社会信用代码第{position}位“{character}”有误：{allowed}")
