"""The account at a bank that a grant is paid to: what was typed, checked, and only ever kept sealed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from enterprises.sealing import Seal

LONGEST_NAME = 80
"""Characters of a holder's or a bank's name."""

_NUMBER = re.compile(r"[0-9]{6,32}", re.ASCII)
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015]+")
_CARD = re.compile(r"[3-6][0-9]{14,18}", re.ASCII)
"""What may be a card: 15 to 19 digits, by the first digit of ISO/IEC 7812. Accounts of companies may look alike."""


class BadAccount(ValueError):
    """What was typed is no account; ``mistakes`` by field (``holder``, ``bank``, ``number``), in Chinese."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__("；".join(mistakes.values()))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Account:
    """Holder (户名), bank with its branch (开户行) and number (账号), digits only."""

    holder: str
    bank: str
    number: str

    def __repr__(self) -> str:
        return f"Account(…{self.tail})"

    @property
    def tail(self) -> str:
        """The last four digits, by which its owner knows it."""
        return self.number[-4:]

    @property
    def may_be_mistyped(self) -> bool:
        """Whether it looks like a card's number whose check digit is wrong (Luhn, ISO/IEC 7812-1): a hint, no more.

        Accounts of companies have no check digit that all banks share.
        """
        return _CARD.fullmatch(self.number) is not None and not _has_check_digit(self.number)


def read_account(holder: str, bank: str, number: str) -> Account:
    """An account as people type it: full-width digits, blanks and dashes in the number do not matter.

    Raises ``BadAccount``.
    """
    said = {"holder": holder.strip(), "bank": bank.strip()}
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", number))
    mistakes = {field: mistake for field, text in said.items() if (mistake := _mistake(field, text))}
    if not digits:
        mistakes["number"] = "请填写账号"
    elif _NUMBER.fullmatch(digits) is None:
        mistakes["number"] = "账号只能有数字，6 到 32 位。请照开户许可证或银行卡填写"
    if mistakes:
        raise BadAccount(mistakes)
    return Account(said["holder"], said["bank"], digits)


_WANTED = {"holder": "请填写户名，也就是账户登记的名称", "bank": "请填写开户行，例如 ××银行××支行"}


def _mistake(field: str, text: str) -> str:
    if not text:
        return _WANTED[field]
    if len(text) > LONGEST_NAME:
        return f"太长了，最多 {LONGEST_NAME} 个字"
    return "" if text.isprintable() else "里面有看不见的字符，请重新输入"


def close_account(account: Account, seal: Seal) -> str:
    """The account, sealed."""
    return seal.close(json.dumps([account.holder, account.bank, account.number], ensure_ascii=False))


def open_account(sealed: str, seal: Seal) -> Account:
    """The account that was sealed. Raises ``CannotOpen``."""
    return Account(*json.loads(seal.open(sealed)))


def _has_check_digit(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
