"""Slips of the pen in Chinese words: 专经特新 for 专精特新, 技数改造 for 技术改造.

Only characters that belong to no known word can be slips. What is found adds a word to the question and takes none
away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from recommender.search.tokens import is_stop_word, is_word, policy_words
from recommender.search.vocabulary import LONGEST, OPEN, Vocabulary, with_gaps

MOST: Final = 16
"""How many loose characters of a question are looked at: no honest question has more, and each costs time."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was typed and the word that it is taken for; ``why`` in Chinese. ``weight``: how sure that is, up to 1.
    ``start`` and ``end``: its place in the plain text."""

    found: str
    meant: str
    why: str
    weight: float
    start: int
    end: int


_HOMOPHONE, _NEAR_SOUND, _SWAPPED, _SIMILAR = "同音字", "近音字", "字序颠倒", "一字之差"
_MISSING, _EXTRA = "少一个字", "多一个字"
_WEIGHTS = {_HOMOPHONE: 0.9, _SWAPPED: 0.8, _NEAR_SOUND: 0.7, _SIMILAR: 0.6, _MISSING: 0.6, _EXTRA: 0.6}
_READINGS = 8
"""How many ways of reading a window are tried: nearly all characters have one or two."""

_USUAL = 100
"""A word is usual that is said by a text for every so many that say the most usual one."""

_WORDS_BY_THEMSELVES = frozenset(
    "新旧大小老多少高低好坏快慢长短早晚上下左右内外前后东西南北中不没无未非免应可有要能会想去来给用拿领报申办开交补换买卖"
    "建做找招租养种请问钱税厂店人年月日天号个家户条件次类等级省市县区镇村国企房车地田水电气煤油粮果菜茶酒药书证照章费金款"
    "贷债股票券奖罚查审批评改退减缓停转升降险病伤工农商学军民党政和与及或的了吗呢把被让向从到对为是在也都一二三四五六七八九十"
    "零百千万亿两半几首再初复局"
)
"""Single characters that people mean as they are: 新企业 is no slip for 小企业."""


def slips_in(text: str, words: Sequence[str], vocabulary: Vocabulary) -> tuple[Correction, ...]:
    """The slips in a normalised text, of which ``words`` are all the words; the surest first where two overlap."""
    known = _known(text, vocabulary)
    spans = _spans(words)
    single = (start for start, end in spans if end == start + 1 and start not in known and _may_be_wrong(text[start]))
    loose = frozenset(islice(single, MOST))
    found = [
        correction
        for start, end in (_windows(text, spans, loose) if loose else ())
        for correction in _corrections(text, start, end, loose, vocabulary)
    ]
    found.sort(key=lambda each: (-each.weight * len(each.meant), -vocabulary.counts.get(each.meant, 0), each.start))
    taken: list[Correction] = []
    for each in found:
        if all(each.end <= other.start or other.end <= each.start for other in taken):
            taken.append(each)
    return tuple(sorted(taken, key=lambda each: each.start))


def _known(text: str, vocabulary: Vocabulary) -> frozenset[int]:
    """The places of all characters that belong to a word of the vocabulary, however the text was cut."""
    return frozenset(
        place
        for start in range(len(text))
        for end in range(start + 2, min(start + LONGEST, len(text)) + 1)
        if text[start:end] in vocabulary.sounds
        for place in range(start, end)
    )


def _spans(words: Sequence[str]) -> list[tuple[int, int]]:
    spans, place = [], 0
    for word in words:
        spans.append((place, place + len(word)))
        place += len(word)
    return spans


def _windows(text: str, spans: list[tuple[int, int]], loose: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Stretches of two and more words with a loose character among them, which are not known as a whole."""
    for first, (start, _) in enumerate(spans):
        for _, end in spans[first + 1 : first + LONGEST]:
            if end - start > LONGEST or not _is_chinese(text[end - 1]):
                break
            if any(place in loose for place in range(start, end)) and not is_word(text[start:end]):
                yield start, end


def _corrections(
    text: str, start: int, end: int, loose: frozenset[int], vocabulary: Vocabulary
) -> Iterator[Correction]:
    window = text[start:end]
    if not all(map(_is_chinese, window)):
        return
    odd = [place - start for place in sorted(loose) if start <= place < end and not _says_something(text[place])]
    for why, word in (*_homophones(window, vocabulary), *_near(window, odd, vocabulary)):
        if word not in text:
            yield Correction(window, word, why, _WEIGHTS[why], start, end)


def _homophones(window: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Words that sound like the window, of which half is right, and the rest means nothing by itself.

    In a word of four and more a single wrong one may mean something (知识产券).
    """
    readings = [vocabulary.readings.get(character, "").split()[:2] for character in window]
    for syllables in islice(product(*readings), _READINGS):
        for word in vocabulary.spelled.get("".join(syllables), ()):
            if len(word) != len(window):
                continue
            wrong = [typed for typed, right in zip(window, word, strict=True) if typed != right]
            if len(word) == 2 and not _is_likely(window, word, vocabulary):
                continue
            plainly = len(wrong) == 1 and len(word) > 3 and not is_stop_word(wrong[0])
            if wrong and len(wrong) * 2 <= len(word) and (plainly or not any(map(_says_something, wrong))):
                yield _HOMOPHONE, word


def _near(window: str, odd: Sequence[int], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Words of policies at one step from the window, where that step explains one of its ``odd`` characters."""
    if not odd or len(window) < 3:
        return
    gaps = list(with_gaps(window))
    for place in odd:
        for word in vocabulary.gaps.get(gaps[place], ()):
            why = _difference(window[place], word[place], len(word), vocabulary)
            if why is not None:
                yield why, word
        without = window[:place] + window[place + 1 :]
        if len(without) >= 3 and without in policy_words():
            yield _EXTRA, without
    for place in range(len(window) - 1):
        swapped = window[:place] + window[place + 1] + window[place] + window[place + 2 :]
        if swapped in policy_words():
            yield _SWAPPED, swapped
    for place in range(len(window) + 1):
        for word in vocabulary.gaps.get(window[:place] + OPEN + window[place:], ()):
            if len(word) > 3:
                yield _MISSING, word


def _difference(typed: str, right: str, length: int, vocabulary: Vocabulary) -> str | None:
    """How one character of a word of ``length`` may have come to stand for another.

    In short words only by sound: 企业常办 is no slip for 企业开办.
    """
    one, other = (vocabulary.readings.get(character, "").split() for character in (typed, right))
    if not set(one).isdisjoint(other):
        return _HOMOPHONE
    if not {_blurred(sound) for sound in one}.isdisjoint(_blurred(sound) for sound in other):
        return _NEAR_SOUND
    return _SIMILAR if length > 4 else None


def _blurred(syllable: str) -> str:
    """A syllable without what speakers and dictation confuse: zh and z, ch and c, sh and s, l and n, in and ing."""
    for retroflex, flat in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n")):
        if syllable.startswith(retroflex):
            syllable = flat + syllable[len(retroflex) :]
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


def _is_likely(window: str, word: str, vocabulary: Vocabulary) -> bool:
    """Whether two characters that sound like ``word`` are a slip: many pairs that nobody wrote wrongly sound like one.

    So the word must be one of policies (补帖), or many texts say it and neither character means something (手绪).
    """
    if word in policy_words():
        return not any(map(is_stop_word, window))
    most = next(iter(vocabulary.counts.values()), 0)
    usual = vocabulary.counts.get(word, 0) * _USUAL >= max(most, 1)
    return usual and not any(map(_says_something, window))


def _may_be_wrong(character: str) -> bool:
    return _is_chinese(character) and not is_stop_word(character)


def _says_something(character: str) -> bool:
    return character in _WORDS_BY_THEMSELVES or is_stop_word(character)


def _is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"
