"""Deeds of the audit log in plain words. Nothing of their details is shown but what is listed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enterprises.calendar import format_moment
from enterprises.deeds import say
from enterprises.regions import full_name, is_region_code
from web.accounts.visitor import Duty, Role
from web.pages import library, settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from enterprises.audit import AuditRow

WORKERS = {"operator": "命令行", "provider": "登录服务", "system": "系统", "worker": "后台任务"}
"""Who acts without an account."""


THINGS = {"round": "发放批次", "batch": "付款批次", "campaign": "推送任务", "grant": "资金", "draft": "草稿"}
"""What deeds are about that is no enterprise, person or item."""


@dataclass(frozen=True)
class Line:
    """A deed in plain words. ``actor`` and ``about``: as one looks for them."""

    number: int
    when: str
    actor: str
    who: str
    what: str
    about: str
    whom: str
    detail: str


def in_words(database: Session, rows: Sequence[AuditRow]) -> list[Line]:
    """These deeds, with the names of people, enterprises and items as they are now."""
    from enterprises.tables import list_enterprises
    from web.accounts.people import names_of

    names = names_of(database, {row.actor for row in rows} | {row.about for row in rows}, settings().seal)
    firms = {each.credit_code: each.name for each in list_enterprises(database, [row.about for row in rows])}
    titles = {item.id: item.title for item in library().items.values()}
    return [
        Line(
            row.number,
            format_moment(row.moment),
            row.actor,
            names.get(row.actor) or WORKERS.get(row.actor, row.actor),
            say(row.action),
            row.about,
            firms.get(row.about) or names.get(row.about) or titles.get(row.about) or _thing(row.about),
            _detail(row),
        )
        for row in rows
    ]


def _detail(row: AuditRow) -> str:
    from enterprises.audit import detail_of

    detail = detail_of(row)
    found = [(label, word, detail.get(name)) for name, (label, word) in _SAID.items()]
    return "；".join(f"{label}：{word(str(value))}" for label, word, value in found if value not in (None, ""))


def _thing(about: str) -> str:
    """What is called by its kind and a number of ours, such as ``round:…``; empty for anything else."""
    kind, _, number = about.partition(":")
    return f"{THINGS[kind]} {number[:8]}" if number and kind in THINGS else ""


def _item_title(item_id: str) -> str:
    item = library().items.get(item_id)
    return item_id if item is None else item.title


def _place_name(code: str) -> str:
    return full_name(code) if is_region_code(code) else code


_SAID: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "duty": ("职责", lambda value: next((duty.label for duty in Duty if duty == value), value)),
    "role": ("身份", lambda value: next((role.label for role in Role if role == value), value)),
    "region": ("地区", _place_name),
    "department": ("部门", str),
    "item": ("事项", _item_title),
    "version": ("版本", str),
    "revision": ("第几稿", str),
    "draft": ("草稿", str),
    "campaign": ("推送任务", str),
    "round": ("发放批次", str),
    "batch": ("付款批次", str),
    "grant": ("资金", lambda value: value[:8]),
    "appeal": ("诉求编号", str),
    "tag": ("标签", str),
    "number": ("编号", str),
    "rows": ("核对条数", str),
    "wrong": ("有误的条", str),
}
"""Of the details only these are shown: whatever else somebody notes, no value of a person or a firm gets out."""
