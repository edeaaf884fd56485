"""Which appeals and corrections an official handles: by the enterprise's region, and the department's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from flask import abort

from enterprises.regions import nested
from web.accounts.visitor import Duty
from web.pages import library, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.appeals.worklist import Case
    from recommender.corrections.corrections import Correction

DUTIES = (Duty.OPERATOR, Duty.REVIEWER)
"""Who handles appeals."""

WATCHERS = (Duty.OPERATOR, Duty.REVIEWER, Duty.EDITOR, Duty.APPROVER, Duty.AUDITOR)
"""Who sees corrections."""

EVERYWHERE = "610000"
"""An enterprise of which no place is known is for those who work for the whole province."""


def departments_of(case: Case) -> tuple[str, ...]:
    """Whose an appeal is: of the department that it was given to, before that of those that its item names."""
    if case.row.department:
        return (case.row.department,)
    item = library().items.get(case.row.item_id) if case.row.item_id else None
    return item.departments if item is not None else ()


def handles(case: Case, *duties: Duty) -> bool:
    """Whether the visitor has one of the duties (any that handles appeals, where none is named) for an appeal."""
    departments = departments_of(case)
    return any(visitor().may(duty, case.region or EVERYWHERE, departments) for duty in duties or DUTIES)


def case_for(database: Session, appeal_id: str) -> Case:
    """An appeal that the visitor handles; 404 where there is none, 403 where it is others'."""
    from recommender.appeals.worklist import find_case

    case = find_case(database, appeal_id)
    if case is None:
        abort(404)
    if not handles(case):
        abort(403)
    return case


def correction_for(database: Session, correction_id: str) -> tuple[Correction, Collection[str]]:
    """A correction, and the beginnings of the regions of which the visitor may see enterprises; 404 or 403 else.

    Who works for the item's own region and one of its departments sees all; others see those of their own places.
    """
    from recommender.corrections.corrections import load_correction

    correction = load_correction(database, correction_id)
    if correction is None:
        abort(404)
    stems = stems_of(correction.item_id)
    if not stems:
        abort(403)
    return correction, stems


def stems_of(item_id: str) -> frozenset[str]:
    """Beginnings of the codes of regions; an empty one begins all."""
    item = library().items.get(item_id)
    if item is None:
        return frozenset()
    found = set()
    for post in visitor().posts_of(*WATCHERS):
        if post.covers(item.document.region, item.departments):
            return frozenset({""})
        here = not post.department or post.department in item.departments
        if here and nested(post.region, item.document.region) is True:
            found.add(post.region.removesuffix("00").removesuffix("00"))
    return frozenset(found)
