"""What an appeal led to: drafts of a corrected item, comparisons with the wrong version, and what to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.corrections.judged import LABELS, Wrong
from recommender.publishing.states import State
from web.pages import library

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.appeals.worklist import Case
    from recommender.corrections.corrections import Correction


@dataclass(frozen=True)
class Draft:
    """A draft that an appeal led to. ``versions``: the wrong one and the corrected one, once it is published."""

    id: str
    item_id: str
    state: State
    versions: tuple[int, int] | None
    corrections: tuple[Correction, ...]


def drafts_of(database: Session, case: Case) -> tuple[Draft, ...]:
    """The drafts of an appeal, the newest first, with the comparisons that were asked for."""
    from recommender.corrections.appealed import linked
    from recommender.corrections.corrections import corrections_of

    found = []
    for each in linked(database, case.row.id):
        versions = None if each.published is None else (wrong_version(case, each.published), each.published)
        made = () if versions is None else corrections_of(database, each.item_id, versions[1])
        found.append(Draft(each.draft_id, each.item_id, State(each.state), versions, made))
    return tuple(found)


def wrong_version(case: Case, corrected: int) -> int:
    """The version by which the enterprise was judged, unless it was told by one that is not older; then the one
    before the corrected one."""
    judged = case.row.item_version
    return judged if judged is not None and judged < corrected else corrected - 1


def suggestion(database: Session, case: Case, drafts: Sequence[Draft]) -> str:
    """An answer to begin with, where a comparison says what the corrected version comes to for this enterprise."""
    from recommender.corrections.corrections import found_of

    for draft in drafts:
        for correction in draft.corrections:
            if correction.made_at is None:
                continue
            item = library().items.get(correction.item_id)
            title = item.title if item is not None else correction.item_id
            found = found_of(database, correction.id, case.row.credit_code)
            if found is None:
                came = "按更正后的规则重新判断，贵企业的结果没有变化。"
            elif found.wrong is Wrong.AMOUNT:
                came = "按更正后的规则重新判断，贵企业的结论没有变化，金额有调整，请在“政策体检”里查看。"
            else:
                before, after = LABELS[found.before.verdict], LABELS[found.after.verdict]
                came = f"贵企业原来判断为“{before}”，按更正后的规则为“{after}”，请在“政策体检”里查看。"
            return (
                f"经核查，“{title}”第 {correction.old_version} 版的规则有误，"
                f"已经更正为第 {correction.new_version} 版。{came}感谢您指出。"
            )
    return ""
