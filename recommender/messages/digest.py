"""Digests: pieces of news laid out as one message, plain lines under headings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from enterprises.calendar import format_day
from recommender.messages.inbox import DIGEST, Message
from recommender.messages.layout import BULLET
from recommender.messages.news import POSSIBLE, Key, News
from recommender.messages.subscription import Subscription, Topic
from recommender.question import Question

MOST_LINES = 20
"""So many lines stand under a heading; how many more there are is said. All of them count as told."""

MOST_POSSIBLE = 5
"""What is only possible is named less often: the one question beneath it leads further than a long list."""

ANSWERABLE = "先回答这一个问题最有用："


def write_digest(
    found: Sequence[News],
    subscription: Subscription,
    about: Iterable[str],
    day: date,
    questions: Sequence[Question] = (),
) -> Message:
    """The message that tells ``found``, which is not empty. ``about`` is what makes it one, beside whom it is to."""
    topics = {each.key.topic for each in found}
    single = found[0] if len(found) == 1 else None
    return Message(
        credit_code=subscription.credit_code,
        account=subscription.account,
        kind=topics.pop().value if len(topics) == 1 else DIGEST,
        about=tuple(about),
        title=single.title if single else _title(found, day),
        lines=[single.line, *_question([single], questions)] if single else tuple(_lines(found, questions)),
        day=day,
        item=single.item if single else None,
    )


def keys(found: Iterable[News]) -> tuple[Key, ...]:
    """All that counts as told once these are told, each once."""
    return tuple(dict.fromkeys(key for each in found for key in (each.key, *each.covers)))


def identity_of(found: Collection[News]) -> tuple[str, ...]:
    """What makes a message one that is told as soon as there is something: all that it tells."""
    return tuple(sorted(f"{key.topic} {key.item} {key.version} {key.occasion}" for key in keys(found)))


def _title(found: Sequence[News], day: date) -> str:
    counts = "，".join(f"{heading.partition('，')[0]} {len(tuple(some))} 项" for heading, some in _by_heading(found))
    return f"{format_day(day)}：{counts}"


def _lines(found: Sequence[News], questions: Sequence[Question]) -> Iterator[str]:
    for heading, some in _by_heading(found):
        group = tuple(some)
        most = MOST_POSSIBLE if _is_possible(group[0]) else MOST_LINES
        yield f"{heading}（{len(group)} 项）"
        yield from (f"{BULLET}{each.line}" for each in group[:most])
        if len(group) > most:
            yield f"另有 {len(group) - most} 项，打开“政策体检”可以看到全部。"
        yield from _question(group, questions)


def _question(group: Sequence[News], questions: Sequence[Question]) -> Iterator[str]:
    if questions and _is_possible(group[0]):
        yield f"{ANSWERABLE}{questions[0].text}"


def _is_possible(one: News) -> bool:
    return one.key.topic is Topic.NEW and one.key.occasion == POSSIBLE


def _by_heading(found: Sequence[News]) -> Iterator[tuple[str, Iterator[News]]]:
    """News with the same heading stand together already."""
    return groupby(found, key=lambda each: each.heading)
