"""Appeals as pages and the command line say them: what they are about, where they stand, and by when they are due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from enterprises.calendar import format_day
from recommender.appeals.deadlines import HOLIDAYS, working_days_late
from recommender.appeals.states import Deed, Side, State

if TYPE_CHECKING:
    from policies.library import Library
    from recommender.appeals.history import Event
    from recommender.appeals.tables import AppealRow


@dataclass(frozen=True)
class Standing:
    """Where an appeal stands. ``looks``: how its state is coloured; ``due``: by when an office has to act, in words.

    ``linked``: whether the library has the item that it is about.
    """

    title: str
    linked: bool
    state: State
    looks: str
    due: str
    late: bool


def standing(row: AppealRow, library: Library | None, today: date, holidays: Collection[date] = HOLIDAYS) -> Standing:
    """Where an appeal stands on a day."""
    state = State(row.state)
    late = 0 if row.due is None else working_days_late(row.due, today, holidays)
    looks = "alarm" if late else "over" if state is State.WITHDRAWN else "wait" if state.is_open else "ok"
    item = library.items.get(row.item_id) if library is not None and row.item_id else None
    title = item.title if item is not None else f"{row.item_id}（已下架）" if row.item_id else "一般诉求"
    return Standing(title, item is not None, state, looks, _due(state, row.due, late), late > 0)


def _due(state: State, due: date | None, late: int) -> str:
    if due is None:
        return ""
    what = "受理" if state is State.SUBMITTED else "答复"
    if late:
        return f"应在 {format_day(due)}以前{what}，已超期 {late} 个工作日"
    return f"最晚 {format_day(due)}{what}"


def say_event(event: Event, passed_on: bool = False) -> str:
    """What happened, in a few words. ``passed_on``: a department had it before."""
    match Deed(event.deed):
        case Deed.BEGIN:
            return "提交诉求"
        case Deed.ASSIGN:
            return f"{'转给' if passed_on else '交给'}{event.department}办理"
        case Deed.RATE if event.grade is not None:
            return f"评价：{event.grade.label}"
        case Deed.REOPEN if event.side is Side.OFFICE:
            return "部门决定重新办理"
        case deed:
            return deed.label


def say_size(size: int) -> str:
    """A number of bytes, e.g. 320 KB."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"
