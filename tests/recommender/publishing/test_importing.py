"""Imported files become drafts, never versions; and tags, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from enterprises.database import connect, writing
from enterprises.source_text import Problems
from policies.exchange.written import Written
from policies.publication import newest_version, publish_item
from policies.tables import load_library
from recommender.publishing.content import Scope
from recommender.publishing.drafts import begin, list_drafts
from recommender.publishing.importing import import_written
from recommender.publishing.states import Kind, Refused, State
from recommender.publishing.tags import LONGEST, MOST, tag, tags_of, untag
from tests.recommender.publishing.made_up import DAY, DICTIONARY, DOCUMENT, EDITOR, prepare, small_library

LIBRARY = small_library()
ITEM, OTHER, THIRD = LIBRARY.items


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    prepare(engine)
    yield engine
    engine.dispose()


def written(item_id: str = ITEM, document: dict[str, object] | None = None, **changes: object) -> Written:
    item = LIBRARY.items[item_id]
    return Written(
        {**item.source, **changes}, {**item.document.source, **(document or {})}, f"库.zip/{DOCUMENT}/{item_id}.yaml"
    )


def test_only_what_is_different_becomes_a_draft_and_nothing_is_published(engine: Engine) -> None:
    files = [written(ITEM, title="新名称"), written(OTHER), written(THIRD, status="draft")]
    with writing(engine) as session:
        done = import_written(session, files, EDITOR)
        assert ([draft.item_id for draft in done.drafts], done.unchanged) == ([ITEM], 2)
        assert (done.drafts[0].title, done.drafts[0].state, done.drafts[0].version) == ("新名称", State.DRAFT, 2)
        assert load_library(session, DICTIONARY).items[ITEM].title != "新名称"


def test_the_same_file_again_makes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        done = import_written(session, [written(name) for name in LIBRARY.items], EDITOR)
        assert (done.drafts, done.unchanged, list_drafts(session)) == ((), 3, ())


def test_a_document_that_alone_has_changed_comes_as_one_draft(engine: Engine) -> None:
    with writing(engine) as session:
        done = import_written(session, [written(name, {"title": "新文件名"}) for name in LIBRARY.items], EDITOR)
        assert [(draft.item_id, draft.document["title"]) for draft in done.drafts] == [(ITEM, "新文件名")]


def test_a_new_item_and_a_new_document_begin_at_the_first_version(engine: Engine) -> None:
    new = replace(written(id="office-2024.1"), document={**written().document, "id": "office-2024"})
    with writing(engine) as session:
        (draft,) = import_written(session, [new], EDITOR).drafts
        assert (draft.item_id, draft.document_id, draft.version, draft.kind) == (
            "office-2024.1",
            "office-2024",
            1,
            Kind.VERSION,
        )
        assert draft.document["title"] == new.document["title"]


def test_an_older_file_does_not_undo_what_was_published(engine: Engine) -> None:
    with writing(engine) as session:
        item = load_library(session, DICTIONARY).items[ITEM]
        publish_item(session, replace(item, version=2, source={**item.source, "version": "2"}), DAY)
        with pytest.raises(Problems, match="文件里是第 1 版，库里已经是第 2 版"):
            import_written(session, [written(title="旧的")], EDITOR)


def test_all_is_imported_or_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        begin(session, OTHER, EDITOR)
        files = [written(ITEM, title="甲"), written(OTHER, title="乙"), written(THIRD, title="丙")]
        with pytest.raises(Problems, match="没办完的草稿") as caught:
            import_written(session, files, EDITOR)
        assert len(caught.value.problems) == 1
        assert [draft.item_id for draft in list_drafts(session)] == [OTHER]
        assert newest_version(session, ITEM) == 1


def test_nobody_imports_for_others_nor_takes_an_item_away_from_them(engine: Engine) -> None:
    def may(scope: Scope) -> bool:
        return scope.region == "610602"

    taken = written(document={"region": "610602", "level": "county"}, title="搬走")
    with writing(engine) as session:
        for each in (written(title="别处的"), taken, replace(taken, item={**taken.item, "id": f"{DOCUMENT}.99"})):
            with pytest.raises(Problems, match="不在您的职责范围里"):
                import_written(session, [each], EDITOR, may)
        assert list_drafts(session) == ()


def test_tags(engine: Engine) -> None:
    with writing(engine) as session:
        tag(session, ITEM, " 重点 ", EDITOR)
        tag(session, ITEM, "重点", EDITOR)
        tag(session, ITEM, "2024", EDITOR)
        assert tags_of(session) == {ITEM: ("2024", "重点")}
        untag(session, ITEM, "2024", EDITOR)
        untag(session, ITEM, "没有", EDITOR)
        assert tags_of(session) == {ITEM: ("重点",)}
        tag(session, ITEM, "长" * LONGEST, EDITOR)
        for bad in ("", "  ", "长" * (LONGEST + 1), "a\nb", "a\u202eb"):
            with pytest.raises(Refused):
                tag(session, ITEM, bad, EDITOR)
        for number in range(MOST - 2):
            tag(session, ITEM, f"标签{number}", EDITOR)
        with pytest.raises(Refused, match="最多"):
            tag(session, ITEM, "又一个", EDITOR)
        with pytest.raises(LookupError):
            tag(session, "no.such", "重点", EDITOR)
