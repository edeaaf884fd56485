"""Feedback as JSON lines, one event a line, for other systems to send and to be given: all of a file or none of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from enterprises import credit_code
from enterprises.source_text import BadText, Entry, Problem, Problems, read_json
from recommender.ranking.feedback import LONGEST_ID, Event, Feedback

_MOST_PROBLEMS = 100
"""Mistakes after which a file is not read further: whoever mends those sees the rest."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""What is said to have been received before is a mistyped date."""

_LONGEST_TEXT = 200
_LAST_POSITION = 100_000

_NEEDED = ("event_id", "item", "version", "event", "received_at", "origin")
_OPTIONAL = ("credit_code", "position", "ranking")


def read_feedback(path: Path, now: datetime) -> dict[int, Feedback]:
    """The events in a file by line, in its order; empty lines are skipped. Raises ``Problems`` with every wrong line.

    ``now``, aware: what is said to have been received later is refused.
    """
    found: list[Problem] = []
    events: dict[int, Feedback] = {}
    for number, line in _lines(path):
        try:
            events[number] = _read(line, str(path), number, now)
        except Problem as problem:
            found.append(problem)
        if len(found) == _MOST_PROBLEMS:
            found.append(Problem(str(path), number, "", "错误太多，读到这一行为止", "请先改正以上各行，再导入一次"))
            break
    if found:
        raise Problems(found)
    return events


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except UnicodeDecodeError:
        raise Problem(str(path), number + 1, "", "不是 UTF-8 编码", "请另存为 UTF-8 再导入") from None
    except OSError as error:
        raise Problem(str(path), None, "", f"文件读不出来（{error.strerror}）", "请核对文件名与读取权限") from None


def _read(line: str, file: str, number: int, now: datetime) -> Feedback:
    try:
        return read_event(read_json(line, file), now)
    except Problem as problem:
        raise Problem(file, number, problem.field, problem.message, problem.remedy) from None


def read_event(entry: Entry, now: datetime) -> Feedback:
    """One event as plain data. Raises ``Problem``."""
    fields = entry.fields(_NEEDED, _OPTIONAL)
    received = fields["received_at"].read(_moment)
    if received < EARLIEST:
        fields["received_at"].fail("收到的时间太早", f"请核对日期；早于 {EARLIEST.year} 年的不收")
    if received > now:
        fields["received_at"].fail("收到的时间在将来", "请核对日期、时间和时区")
    return Feedback(
        event_id=_short(fields["event_id"], LONGEST_ID),
        credit_code=fields["credit_code"].read(_code) if "credit_code" in fields else None,
        item=_short(fields["item"], _LONGEST_TEXT),
        version=fields["version"].number(),
        event=Event(fields["event"].one_of(list(Event))),
        position=fields["position"].number(most=_LAST_POSITION) if "position" in fields else None,
        ranking=_short(fields["ranking"], _LONGEST_TEXT) if "ranking" in fields else None,
        received_at=received.astimezone(UTC),
        origin=_short(fields["origin"], _LONGEST_TEXT),
    )


def _short(entry: Entry, most: int) -> str:
    text = entry.text()
    if len(text) > most:
        entry.fail(f"有 {len(text)} 个字，太长", f"请写在 {most} 个字以内")
    return text


def _code(text: str) -> str:
    try:
        return credit_code.check(text)
    except credit_code.InvalidCreditCode as error:
        raise BadText(str(error), "不知道是哪家企业的，请不写 credit_code") from None


def _moment(text: str) -> datetime:
    remedy = "请写成 2024-06-30T09:30:00+08:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadText(f"“{text}”不是时间", remedy) from None
    if moment.tzinfo is None:
        raise BadText(f"“{text}”没有写时区", remedy)
    return moment


def write_feedback(events: Iterable[Feedback]) -> Iterator[str]:
    """A line for every event, which ``read_feedback`` reads back to an equal one."""
    for one in events:
        plain = {
            "event_id": one.event_id,
            "credit_code": one.credit_code,
            "item": one.item,
            "version": one.version,
            "event": one.event.value,
            "position": one.position,
            "ranking": one.ranking,
            "received_at": one.received_at.astimezone(UTC).isoformat(),
            "origin": one.origin,
        }
        told = {key: value for key, value in plain.items() if value is not None}
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
