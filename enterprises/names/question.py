"""What somebody typed to look an enterprise up: a credit code, or parts of a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from enterprises import credit_code
from enterprises.names.keys import LONGEST_NAME, words_of
from enterprises.plain_text import normalise
from enterprises.source_text import BadText

_CODE = re.compile(r"(?=(?:[A-Z]*[0-9]){8})[0-9A-Z]{18}", re.ASCII)
_OF_CODE = re.compile(r"(?=.{6})(?:[0-9]{6,}|[0-9A-Z]{2}[0-9]{4,}[0-9A-Z]*)", re.ASCII)
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_APOSTROPHE = re.compile("['’]")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Question:
    """``code``: a valid credit code, else empty. ``words``: what stood between blanks, in their plain form."""

    code: str = ""
    words: Sequence[str] = ()

    @property
    def whole(self) -> str:
        """All that was typed, without blanks."""
        return "".join(self.words)

    def cut(self) -> Sequence[str]:
        """The words in what was typed without blanks; letters alone have none."""
        return () if is_spelled(self.whole) else words_of(self.whole)


def understand(text: str) -> Question:
    """What ``text`` asks for. Raises ``BadText``, in Chinese, for what is no question: too short, too long, or a credit
    code that is wrong or not whole."""
    if len(text) > LONGEST_NAME:
        raise BadText(f"太长了，最多 {LONGEST_NAME} 个字", "请只写企业名称，或者统一社会信用代码")
    code = _code_in(text)
    if code:
        return Question(code)
    words = [_APOSTROPHE.sub("", word) for word in _WORDS.findall(normalise(text))]
    question = Question("", words)
    if len(_CHINESE.findall(question.whole)) < 2 and len(question.whole) < 3:
        raise BadText("太短了", "请至少写两个汉字，或者三个字母")
    return question


def is_spelled(text: str) -> bool:
    """Whether a plain text may be pinyin or initials."""
    return text.isascii()


def _code_in(text: str) -> str:
    compact = credit_code.compact(text)
    if _CODE.fullmatch(compact):
        try:
            return credit_code.check(compact)
        except credit_code.InvalidCreditCode as error:
            raise BadText(str(error), "请照营业执照核对") from None
    if _OF_CODE.fullmatch(compact):
        raise BadText(f"统一社会信用代码应为 18 位，写了 {len(compact)} 位", "请照营业执照写全，或者按名称查")
    return ""
