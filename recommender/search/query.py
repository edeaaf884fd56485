"""What a question says: words and their weights, amounts, times, places, codes, and what was seen through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from enterprises import industries
from enterprises.plain_text import normalise
from policies.items import Category, Delivery
from recommender.search.amounts import AmountHint, amounts_in
from recommender.search.codes import Code, CodeKind, codes_in
from recommender.search.dates import DateHint, dates_in
from recommender.search.pinyin import spelled_in
from recommender.search.regions import RegionHint, finest, regions_in
from recommender.search.synonyms import Expansion, lexicon
from recommender.search.tokens import tokens, words
from recommender.search.typos import Correction, slips_in
from recommender.search.vocabulary import Vocabulary

__all__ = ["LONGEST", "Query", "Vocabulary", "understand"]

LONGEST: Final = 200
"""How many characters of a question are read."""

EXPANSION: Final = 0.5
"""What a word counts that the question does not say, but means by what it says. What was typed counts 1."""

TRANSLATION: Final = 0.9
"""What the Chinese for an English word counts."""

ASIDE: Final = 0.4
"""What the words of amounts, times, places and codes count: they narrow a question and say little of its matter."""

AMOUNTS: Final = 10
"""How many amounts of a question are held."""

MISTAKEN: Final = 0.2
"""What typed words count that are taken for others: they stand, should they be right after all."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood.

    ``text``: as it was typed, at most ``LONGEST`` characters of it; ``plain``: as it is compared, to which all places
    (``start``, ``end``) refer. ``terms``: what the lexical score is asked, word to weight (above 0, up to 1).
    ``meaning``: what the encoder is asked. ``amounts``: each once, ``AMOUNTS`` at most. ``wishes``: categories and
    deliveries that the question speaks of. All these are hints: they may order what is found. ``notes``: what the
    person should know, in Chinese.
    """

    text: str
    plain: str
    terms: Mapping[str, float]
    meaning: str
    amounts: tuple[AmountHint, ...]
    dates: tuple[DateHint, ...]
    places: tuple[RegionHint, ...]
    codes: tuple[Code, ...]
    wishes: tuple[Category | Delivery, ...]
    corrections: tuple[Correction, ...]
    translations: tuple[Expansion, ...]
    expansions: tuple[Expansion, ...]
    notes: tuple[str, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        """The codes of all regions that are named, by name or code; of nested ones (延安市宝塔区) the innermost."""
        named = [code for place in finest(self.places) for code in place.codes]
        return tuple(dict.fromkeys([*named, *(code.code for code in self.codes if code.kind is CodeKind.REGION)]))


def understand(text: str, vocabulary: Vocabulary, on: date) -> Query:
    """What ``text`` says, seen from the day ``on``, to an index whose words are ``vocabulary``. No text is an error."""
    typed = text.strip()
    plain = normalise(typed[:LONGEST])
    cut = words(plain)
    codes = codes_in(plain)
    amounts = tuple(each for each in amounts_in(plain) if _apart(each, codes))
    dates = tuple(each for each in dates_in(plain, on) if _apart(each, (*codes, *amounts)))
    places = regions_in(plain, cut)
    translations = lexicon().translations(plain)
    taken = frozenset(place for span in _spans(codes, translations) for place in range(*span))
    corrections = (*spelled_in(plain, vocabulary, taken), *slips_in(plain, cut, vocabulary))
    meaning = _meaning(plain, codes, corrections, translations)
    expansions = lexicon().expansions(meaning)
    asides: list[Aside] = [*codes, *amounts, *dates, *places, *corrections, *translations]
    said = [*_typed(plain, asides, vocabulary), *_unsaid(codes, corrections, translations, expansions)]
    return Query(
        text=typed[:LONGEST],
        plain=plain,
        terms=_weights(said),
        meaning=meaning,
        amounts=_distinct(amounts),
        dates=dates,
        places=places,
        codes=codes,
        wishes=lexicon().wished(meaning),
        corrections=corrections,
        translations=translations,
        expansions=expansions,
        notes=tuple(_notes(typed, plain, codes, corrections, translations)),
    )


def _distinct(amounts: Sequence[AmountHint]) -> tuple[AmountHint, ...]:
    """The first of those that say the same, so that what is said again counts no more."""
    first: dict[tuple[int | None, int | None], AmountHint] = {}
    for hint in amounts:
        first.setdefault((hint.low, hint.high), hint)
    return tuple(first.values())[:AMOUNTS]


Aside = AmountHint | DateHint | RegionHint | Code | Correction | Expansion


def _spans(*groups: Sequence[Aside]) -> Iterator[tuple[int, int]]:
    return ((aside.start, aside.end) for group in groups for aside in group)


def _apart(aside: Aside, others: Sequence[Aside]) -> bool:
    return all(aside.end <= other.start or other.end <= aside.start for other in others)


def _meaning(
    plain: str, codes: Sequence[Code], corrections: Sequence[Correction], translations: Sequence[Expansion]
) -> str:
    """The question as it is meant: slips mended, English in Chinese, industries by name, no codes of enterprises."""
    if translations and _is_foreign(plain):
        return " ".join(each.meant for each in translations)
    changes = [(each.start, each.end, each.meant) for each in corrections]
    changes += [(each.start, each.end, each.meant) for each in translations]
    changes += [(code.start, code.end, _in_words(code)) for code in codes]
    parts: list[str] = []
    place = 0
    for start, end, instead in sorted(changes):
        if start >= place:
            parts += [plain[place:start], instead]
            place = end
    return " ".join("".join([*parts, plain[place:]]).split())


def _in_words(code: Code) -> str:
    if code.kind is CodeKind.INDUSTRY:
        return industries.industry(code.code).name
    return "" if code.kind is CodeKind.ENTERPRISE else code.code


def _weights(said: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Each word of weighted texts with the most that it counts in one of them."""
    weights: dict[str, float] = {}
    for text, weight in said:
        for token in tokens(text):
            weights[token] = max(weights.get(token, 0.0), weight)
    return weights


def _typed(plain: str, asides: Sequence[Aside], vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    """The stretches of the question as they count. Beside what was translated, English words say nothing."""
    english = any(isinstance(aside, Expansion) for aside in asides)
    place = 0
    for aside in sorted(asides, key=lambda each: (each.start, -each.end)):
        if aside.start < place:
            continue
        between = plain[place : aside.start]
        yield _known(between, vocabulary) if english else between, 1.0
        said, place = plain[aside.start : aside.end], aside.end
        if isinstance(aside, Correction | Expansion):
            yield _known(said, vocabulary), MISTAKEN
        elif not isinstance(aside, Code) or aside.kind is not CodeKind.ENTERPRISE:
            yield said, ASIDE
    yield _known(plain[place:], vocabulary) if english else plain[place:], 1.0


def _known(text: str, vocabulary: Vocabulary) -> str:
    """The words of a text which somebody says."""
    return " ".join(token for token in tokens(text) if token in vocabulary.counts)


def _unsaid(
    codes: Sequence[Code],
    corrections: Sequence[Correction],
    translations: Sequence[Expansion],
    expansions: Sequence[Expansion],
) -> Iterator[tuple[str, float]]:
    """What the question means without saying it."""
    yield from ((industries.industry(code.code).name, ASIDE) for code in codes if code.kind is CodeKind.INDUSTRY)
    yield from ((correction.meant, correction.weight) for correction in corrections)
    yield from ((translation.meant, TRANSLATION) for translation in translations)
    yield from ((expansion.meant, EXPANSION) for expansion in expansions)


_NO_ENTERPRISE: Final = "代码不用来查政策：要看一家企业能享受什么，请用“企业体检”"


def _notes(
    typed: str, plain: str, codes: Sequence[Code], corrections: Sequence[Correction], translations: Sequence[Expansion]
) -> Iterator[str]:
    if not typed:
        yield "请输入要找的政策，例如：换新设备能补多少钱"
    elif re.search(r"\w", plain) is None:
        yield "没有看到文字。请用几个字说明要找什么，例如：换新设备能补多少钱"
    if len(typed) > LONGEST:
        yield f"问题较长，只按前 {LONGEST} 个字查找"
    for code in codes:
        if code.kind is CodeKind.ENTERPRISE:
            yield (
                f"看到统一社会信用代码 {code.code}"
                + ("。" if code.valid else "，但校验码不符，请核对。")
                + _NO_ENTERPRISE
            )
    for correction in corrections:
        yield f"已按“{correction.meant}”查找，您输入的是“{correction.found}”（{correction.why}）"
    if translations:
        meant, said = (" ".join(getattr(each, name) for each in translations) for name in ("meant", "said"))
        yield f"政策库是中文的，已按“{meant}”查找，您输入的是“{said}”"
    elif not codes and not corrections and _is_foreign(plain):
        yield "政策库是中文的，没有认出这些外文词，请用中文提问"


def _is_foreign(plain: str) -> bool:
    """Whether a text has words, and none of them is Chinese."""
    return re.search(r"[\u3400-\u9fff]", plain) is None and re.search(r"[^\W\d_]{2}", plain) is not None
