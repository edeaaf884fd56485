"""Why a draft cannot go on: what stands against submitting it, and against publishing it, each said in Chinese.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sqlmodel import Session, col, select

from enterprises.dictionary import Dictionary
from enterprises.source_text import Problem, Problems
from policies.items import Item
from policies.tables import ItemRow
from recommender.examples import run
from recommender.publishing.content import read
from recommender.publishing.drafts import Draft, is_outdated
from recommender.publishing.siblings import siblings_under
from recommender.publishing.states import Kind
from recommender.publishing.wording import say_failure


def blocks(session: Session, draft: Draft, dictionary: Dictionary, by: str | None = None) -> tuple[str, ...]:
    """Why a draft cannot be published now, ``by`` the account that would do so; nothing where it can."""
    if draft.kind is Kind.RETIREMENT:
        return ()
    item = read(draft.content, dictionary)
    found = list(faults(session, draft, item, dictionary))
    if isinstance(item, Item):
        found += _unseen(session, item, draft, by)
    return tuple(found)


def faults(session: Session, draft: Draft, item: Item | Problems, dictionary: Dictionary) -> Iterator[str]:
    """What is wrong with a draft in itself, and in the library that it would come into."""
    if is_outdated(session, draft):
        yield "起草期间，这个事项或它的文件发布了更新的版本。请先并入期间发布的内容，再看一遍"
    if isinstance(item, Problems):
        yield from map(say_problem, item.problems)
        return
    yield from example_failures(item, dictionary)
    yield from _unknown_items(session, item)
    if draft.document != draft.base_document and draft.base_document is not None:
        yield from _siblings(session, item, dictionary)


def example_failures(item: Item, dictionary: Dictionary) -> Iterator[str]:
    """Every example that does not come to what it says."""
    for number, example in enumerate(item.examples, start=1):
        for message in run(item, example, dictionary):
            yield f"样例“{example.name or number}”没有通过：{say_failure(message, dictionary)}"


def say_problem(problem: Problem) -> str:
    """What is wrong in one place of a draft."""
    place = f"{problem.file}的 {problem.field}" if problem.field else problem.file
    return f"{place}：{problem.message}。{problem.remedy}"


def _unknown_items(session: Session, item: Item) -> Iterator[str]:
    named = set(chain.from_iterable(statement.items for statement in item.stacking)) - {item.id}
    known = set(session.exec(select(ItemRow.id).where(col(ItemRow.id).in_(named)))) if named else set()
    for other in sorted(named - known):
        yield f"叠加规则里写的事项“{other}”不在政策库里。请核对编号"


def _siblings(session: Session, item: Item, dictionary: Dictionary) -> Iterator[str]:
    """A changed document is that of its other items too: they must hold under it."""
    for sibling_id, sibling in siblings_under(session, item, dictionary):
        if isinstance(sibling, Problem):
            yield f"文件改动以后，同一文件的事项“{sibling_id}”有误：{say_problem(sibling)}"
        else:
            failed = next(example_failures(sibling, dictionary), None)
            if failed is not None:
                yield f"文件改动以后，同一文件的事项“{sibling.title}”的{failed}"


def _unseen(session: Session, item: Item, draft: Draft, by: str | None) -> Iterator[str]:
    """Whether its effect on the population was simulated, of exactly this content, and looked at by who judges it."""
    from recommender.simulation.looks import looked_at

    if any(looked_at(session, item.digest, by=judge) for judge in dict.fromkeys((draft.reviewed_by, by)) if judge):
        return
    if looked_at(session, item.digest) is None:
        yield "还没有人看过这份内容的仿真结果（对企业库的影响）。请先运行仿真，并由审核人查看"
    else:
        yield "审核人还没有看过这份内容的仿真结果（对企业库的影响）。请审核人打开仿真页面查看并确认"
