"""From a draft to a published version, on SQLite and PostgreSQL: by two people, nothing lost, nothing changed twice."""

import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from enterprises.audit import AuditRow, verify
from enterprises.database import connect, reading, writing
from enterprises.source_text import Problem, Problems
from policies.items import Item
from policies.library import Library
from policies.publication import newest_version, publish_item
from policies.tables import (
    DocumentRow,
    ItemRow,
    ItemVersionRow,
    VersionConflict,
    load_item,
    load_library,
    store_library,
)
from recommender.publishing.blocks import blocks
from recommender.publishing.content import Scope, read
from recommender.publishing.deeds import (
    accept,
    confirm_retirement,
    publish,
    send_back,
    submit,
    take_back,
    withdraw,
)
from recommender.publishing.drafts import (
    Draft,
    begin,
    begin_new,
    item_of,
    list_drafts,
    load_draft,
    open_draft,
    propose_retirement,
    renew,
    save,
)
from recommender.publishing.events import history
from recommender.publishing.states import (
    Blocked,
    By,
    Deed,
    Kind,
    NoReason,
    NoSuchDraft,
    NotNow,
    Refused,
    SamePerson,
    Stale,
    State,
    Taken,
)
from tests.recommender.publishing.made_up import (
    DAY,
    DICTIONARY,
    DOCUMENT,
    EDITOR,
    REVIEWER,
    SECOND_EDITOR,
    SECOND_REVIEWER,
    prepare,
    small_library,
)

ITEM = next(iter(small_library().items))
OTHERS = tuple(small_library().items)[1:]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Who has looked at the simulation of which content, by digest and account."""
    seen: set[tuple[str, str]] = set()

    def looked_at(_session: Session, digest: str, by: str | None = None) -> object | None:
        return next((each for each in seen if each[0] == digest and by in (None, each[1])), None)

    monkeypatch.setattr("recommender.simulation.looks.looked_at", looked_at)
    return seen


def changed(draft: Draft, part: str = "item", **values: Any) -> dict[str, Any]:
    content: dict[str, Any] = deepcopy(draft.content)
    content[part] |= values
    return content


def submitted(session: Session, **values: Any) -> Draft:
    """A draft with another title (or other values) that was handed in."""
    draft = begin(session, ITEM, EDITOR)
    draft = save(session, draft.id, draft.revision, changed(draft, **(values or {"title": "改过的名称"})), EDITOR)
    return submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)


def reviewed(session: Session, looks: set[tuple[str, str]], **values: Any) -> Draft:
    draft = submitted(session, **values)
    looks.add((item_of(session, draft.id, DICTIONARY).digest, REVIEWER.account))
    return accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)


def current(session: Session) -> Library:
    return load_library(session, DICTIONARY)


# ------------------------------------------------------------------ the way to a version


def test_a_draft_becomes_the_next_version_and_the_old_one_stays_as_it_was(
    engine: Engine, looks: set[tuple[str, str]]
) -> None:
    with writing(engine) as session:
        before = current(session).items[ITEM]
        draft = reviewed(session, looks)
        assert draft.state is State.REVIEWED
        assert current(session).items[ITEM].title == before.title
        item = publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
    with reading(engine) as session:
        after = current(session).items[ITEM]
        assert (after.version, after.title, after.digest) == (before.version + 1, "改过的名称", item.digest)
        assert load_item(session, ITEM, before.version, DICTIONARY).digest == before.digest
        done = load_draft(session, draft.id)
        assert (done.state, done.published_version, done.reviewed_by) == (State.PUBLISHED, 2, "丙")
        assert [event.deed for event in history(session, draft.id)] == [
            Deed.PUBLISH,
            Deed.ACCEPT,
            Deed.SUBMIT,
            Deed.SAVE,
            Deed.BEGIN,
        ]
        noted = session.exec(select(AuditRow.action, AuditRow.actor).where(AuditRow.about == ITEM)).all()
        assert noted[-1] == ("draft.published", "丙")
        assert verify(session).wrong is None


def test_what_is_simulated_is_to_the_bit_what_is_published(engine: Engine, looks: set[tuple[str, str]]) -> None:
    with writing(engine) as session:
        draft = reviewed(session, looks)
        promised = item_of(session, draft.id, DICTIONARY).digest
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        row = session.get(ItemVersionRow, (ITEM, 2))
        assert row is not None and row.digest == promised


@pytest.mark.parametrize("judge", [accept, publish], ids=["accept", "publish"])
@pytest.mark.parametrize("by", [EDITOR, SECOND_EDITOR], ids=["who began", "who changed"])
def test_who_had_a_hand_in_it_judges_nothing(
    engine: Engine, looks: set[tuple[str, str]], judge: Callable[..., object], by: By
) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        draft = save(session, draft.id, draft.revision, changed(draft, title="改"), SECOND_EDITOR)
        draft = submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)
        if judge is publish:
            draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        with pytest.raises(SamePerson, match="请由另一位有审核职责的人员办理"):
            judge(session, DICTIONARY, draft.id, draft.revision, by)


def test_another_reviewer_may_publish_what_the_first_one_accepted_and_looked_at(
    engine: Engine, looks: set[tuple[str, str]]
) -> None:
    with writing(engine) as session:
        draft = reviewed(session, looks)
        assert publish(session, DICTIONARY, draft.id, draft.revision, SECOND_REVIEWER).version == 2


def test_nothing_is_published_whose_effect_the_reviewer_has_not_looked_at(
    engine: Engine, looks: set[tuple[str, str]]
) -> None:
    with writing(engine) as session:
        draft = submitted(session)
        digest = item_of(session, draft.id, DICTIONARY).digest
        draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        assert blocks(session, draft, DICTIONARY, "丙") == (
            "还没有人看过这份内容的仿真结果（对企业库的影响）。请先运行仿真，并由审核人查看",
        )
        looks.add((digest, EDITOR.account))
        assert "审核人还没有看过" in blocks(session, draft, DICTIONARY, "丙")[0]
        with pytest.raises(Blocked, match="仿真"), session.begin_nested():
            publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        looks.add((digest, REVIEWER.account))
        assert blocks(session, draft, DICTIONARY, "丙") == ()


def test_a_change_after_the_look_takes_another_look(engine: Engine, looks: set[tuple[str, str]]) -> None:
    with writing(engine) as session:
        draft = reviewed(session, looks)
        draft = take_back(session, draft.id, EDITOR)
        assert draft.reviewed_by is None
        draft = save(session, draft.id, draft.revision, changed(draft, title="又改了"), EDITOR)
        draft = submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)
        draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        with pytest.raises(Blocked, match="还没有人看过"):
            publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)


def test_publishing_is_all_or_nothing(engine: Engine) -> None:
    with pytest.raises(Blocked), writing(engine) as session:
        draft = submitted(session)
        draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
    with reading(engine) as session:
        assert (list_drafts(session), newest_version(session, ITEM)) == ((), 1)


def test_sending_back_needs_a_reason_and_opens_it_for_changes(engine: Engine) -> None:
    with writing(engine) as session:
        draft = submitted(session)
        with pytest.raises(NoReason):
            send_back(session, draft.id, "  ", REVIEWER)
        assert send_back(session, draft.id, "条款页码不对", REVIEWER).state is State.DRAFT
        assert history(session, draft.id)[0].note == "条款页码不对"
        with pytest.raises(Refused, match="最多 500 个字"):
            withdraw(session, draft.id, "长" * 501, EDITOR)


@pytest.mark.parametrize(
    ("state", "deed"),
    [
        (State.DRAFT, "accept"),
        (State.DRAFT, "publish"),
        (State.SUBMITTED, "save"),
        (State.SUBMITTED, "publish"),
        (State.SUBMITTED, "submit"),
        (State.REVIEWED, "save"),
        (State.WITHDRAWN, "save"),
        (State.WITHDRAWN, "submit"),
        (State.WITHDRAWN, "take_back"),
    ],
)
def test_what_does_not_fit_the_state_is_refused(
    engine: Engine, looks: set[tuple[str, str]], state: State, deed: str
) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        if state in (State.SUBMITTED, State.REVIEWED):
            draft = submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)
        if state is State.REVIEWED:
            draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        if state is State.WITHDRAWN:
            draft = withdraw(session, draft.id, "不改了", EDITOR)
        deeds: dict[str, Callable[[], object]] = {
            "accept": lambda: accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER),
            "publish": lambda: publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER),
            "save": lambda: save(session, draft.id, draft.revision, changed(draft, title="改"), EDITOR),
            "submit": lambda: submit(session, DICTIONARY, draft.id, draft.revision, EDITOR),
            "take_back": lambda: take_back(session, draft.id, EDITOR),
        }
        with pytest.raises(NotNow, match=state.label):
            deeds[deed]()


# ------------------------------------------------------------------ what a draft may hold


def test_a_draft_keeps_mistakes_but_they_are_not_handed_in(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        draft = save(
            session, draft.id, draft.revision, changed(draft, who={"all": [{"no_such_fact": {"is": 1}}]}), EDITOR
        )
        found = read(draft.content, DICTIONARY)
        assert isinstance(found, Problems)
        assert (found.problems[0].file, found.problems[0].field[:3]) == ("政策事项", "who")
        with pytest.raises(Problem):
            item_of(session, draft.id, DICTIONARY)
        with pytest.raises(Blocked, match="no_such_fact"):
            submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)


def test_a_failing_example_is_not_handed_in(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        content = changed(draft)
        content["item"]["examples"][0]["expect"]["verdict"] = "ineligible"
        draft = save(session, draft.id, draft.revision, content, EDITOR)
        with pytest.raises(Blocked, match="没有通过"):
            submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)


def test_what_no_database_keeps_is_refused_at_once(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        with pytest.raises(Problem, match="看不见的控制字符"):
            save(session, draft.id, draft.revision, changed(draft, title="a\x00b"), EDITOR)
        with pytest.raises(Refused, match="映射"):
            save(session, draft.id, draft.revision, {"item": ["x"], "document": {}}, EDITOR)
        with pytest.raises(Refused, match="内容太多"):
            save(session, draft.id, draft.revision, changed(draft, summary="长" * 200_000), EDITOR)
        assert load_draft(session, draft.id) == draft


def test_ids_version_and_status_are_not_for_the_editor_to_say(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        content = changed(draft, id="other.1", version="99", status="retired")
        content["document"]["id"] = "other"
        assert save(session, draft.id, draft.revision, content, EDITOR) == draft  # nothing else has changed


def test_whose_a_draft_is_counts_where_the_item_is_and_where_it_goes(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        home = draft.scopes[0]
        assert draft.scopes == (home,) and home.region == "610600" and home.departments
        content = changed(draft, departments=["延安市水务局"])
        content["document"]["region"] = "610000"
        draft = save(session, draft.id, draft.revision, content, EDITOR)
        assert draft.scopes == (Scope("610000", ("延安市水务局",)), home)
        draft = save(session, draft.id, draft.revision, changed(draft, "document", region="没有"), EDITOR)
        assert draft.scopes == (Scope("610000", ("延安市水务局",)), home)


# ------------------------------------------------------------------ several at once


def test_two_editors_never_overwrite_each_other(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        first = save(session, draft.id, draft.revision, changed(draft, title="甲的"), EDITOR)
        with pytest.raises(Stale, match="被别人改过"):
            save(session, draft.id, draft.revision, changed(draft, title="乙的"), SECOND_EDITOR)
        assert load_draft(session, draft.id) == first


def at_once(engine: Engine, *deeds: Callable[[Session], object]) -> list[object]:
    """What came of deeds that began at the same moment: ``None``, or the refusal."""
    barrier, results = threading.Barrier(len(deeds)), list[object]([None] * len(deeds))

    def do(number: int, deed: Callable[[Session], object]) -> None:
        barrier.wait()
        try:
            with writing(engine) as session:
                deed(session)
        except Refused as refusal:
            results[number] = refusal

    threads = [threading.Thread(target=do, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_editors_who_save_at_once_one_is_kept_and_the_others_are_told(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)

    def saving(number: int) -> Callable[[Session], object]:
        by = replace(EDITOR, account=f"编辑{number}")
        return lambda session: save(session, draft.id, draft.revision, changed(draft, title=f"名称{number}"), by)

    results = at_once(engine, *map(saving, range(4)))
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, Stale) for result in results if result is not None)
    with reading(engine) as session:
        kept = load_draft(session, draft.id)
        assert (kept.revision, kept.title) == (2, f"名称{results.index(None)}")
        assert len(history(session, draft.id)) == 2


def test_of_reviewers_who_publish_at_once_one_does(engine: Engine, looks: set[tuple[str, str]]) -> None:
    with writing(engine) as session:
        draft = reviewed(session, looks)

    def publishing(by: By) -> Callable[[Session], object]:
        return lambda session: publish(session, DICTIONARY, draft.id, draft.revision, by)

    results = at_once(engine, publishing(REVIEWER), publishing(SECOND_REVIEWER))
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "NotNow"]
    with reading(engine) as session:
        assert newest_version(session, ITEM) == 2


def test_accepting_and_sending_back_at_once_leaves_one_of_the_two(engine: Engine) -> None:
    with writing(engine) as session:
        draft = submitted(session)
    at_once(
        engine,
        lambda session: accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER),
        lambda session: send_back(session, draft.id, "再看看", SECOND_REVIEWER),
    )
    with reading(engine) as session:
        assert load_draft(session, draft.id).state in (State.DRAFT, State.REVIEWED)


def test_an_item_has_one_open_draft_also_where_two_begin_at_once(engine: Engine) -> None:
    results = at_once(engine, *(lambda session: begin(session, ITEM, EDITOR) for _ in range(3)))
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Taken", "Taken"]
    with writing(engine) as session:
        draft = open_draft(session, ITEM)
        assert draft is not None
        with pytest.raises(Taken) as caught:
            propose_retirement(session, ITEM, "到期", EDITOR)
        assert caught.value.draft_id == draft.id
        withdraw(session, draft.id, "不改了", EDITOR)
        assert begin(session, ITEM, EDITOR).id != draft.id


# ------------------------------------------------------------------ what was published meanwhile


def test_an_outdated_draft_takes_over_what_was_published_and_keeps_its_own(
    engine: Engine, looks: set[tuple[str, str]]
) -> None:
    with writing(engine) as session:
        draft = reviewed(session, looks)
        old = current(session).items[ITEM]
        changes = {"version": "2", "summary": "期间发布的摘要"}
        publish_item(session, read_again(old, changes), DAY)
        assert "发布了更新的版本" in blocks(session, draft, DICTIONARY, "丙")[0]
        draft = take_back(session, draft.id, EDITOR)
        draft = renew(session, draft.id, draft.revision, EDITOR)
        assert (draft.version, draft.title, draft.item["summary"]) == (3, "改过的名称", "期间发布的摘要")
        submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)


def read_again(item: Item, changes: dict[str, Any]) -> Item:
    found = read({"item": {**item.source, **changes}, "document": dict(item.document.source)}, DICTIONARY)
    assert isinstance(found, Item)
    return found


def test_a_changed_document_is_that_of_all_its_items(engine: Engine, looks: set[tuple[str, str]]) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        draft = save(session, draft.id, draft.revision, changed(draft, "document", title="新的名称"), EDITOR)
        looks.add((item_of(session, draft.id, DICTIONARY).digest, REVIEWER.account))
        draft = submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)
        draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
    with reading(engine) as session:
        library = current(session)
        assert library.documents[DOCUMENT].title == "新的名称"
        assert {(item.version, item.document.title) for item in library.items.values()} == {(2, "新的名称")}
        assert load_item(session, OTHERS[0], 1, DICTIONARY).document.title != "新的名称"


def test_a_changed_document_is_published_by_who_covers_all_its_items(
    engine: Engine, looks: set[tuple[str, str]]
) -> None:
    elsewhere = ("别的部门",)
    with writing(engine) as session:
        other = load_item(session, OTHERS[0], 1, DICTIONARY)
        publish_item(session, read_again(other, {"version": "2", "departments": list(elsewhere)}), DAY)
        draft = begin(session, ITEM, EDITOR)
        draft = save(session, draft.id, draft.revision, changed(draft, "document", title="新的名称"), EDITOR)
        looks.add((item_of(session, draft.id, DICTIONARY).digest, REVIEWER.account))
        draft = submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)
        draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)

    def may(scope: Scope) -> bool:
        return scope.departments != elsewhere

    with pytest.raises(Blocked, match="不在您的职责范围里"), writing(engine) as session:
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER, may)
    with reading(engine) as session:
        assert [newest_version(session, each) for each in (ITEM, *OTHERS)] == [1, 2, 1]
    with writing(engine) as session:
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        assert newest_version(session, OTHERS[0]) == 3


def test_a_document_under_which_another_item_does_not_hold_is_not_published(engine: Engine) -> None:
    with writing(engine) as session:
        draft = begin(session, ITEM, EDITOR)
        elsewhere = str(int(draft.item["page"]) + 1)
        content = changed(draft, page=elsewhere)
        content["document"] |= {"pages": [elsewhere, elsewhere], "left_out": []}
        draft = save(session, draft.id, draft.revision, content, EDITOR)
        sentences = blocks(session, draft, DICTIONARY, "丙")
        assert [f"事项“{other}”有误" in sentence for other, sentence in zip(OTHERS, sentences, strict=False)] == [
            True
        ] * 2


# ------------------------------------------------------------------ new items, and the end of one


def test_a_new_item_under_a_new_document(engine: Engine, looks: set[tuple[str, str]]) -> None:
    with writing(engine) as session:
        model = current(session).items[ITEM]
        document = {**model.document.source, "id": "yanan-2024-new", "title": "新文件", "left_out": []}
        draft = begin_new(session, {"id": "yanan-2024-new.1"}, {"id": "yanan-2024-new"}, EDITOR)
        assert (draft.version, draft.kind, draft.scopes) == (1, Kind.VERSION, (Scope(None, ()),))
        content = {"item": dict(model.source), "document": document}
        draft = save(session, draft.id, draft.revision, content, EDITOR)
        looks.add((item_of(session, draft.id, DICTIONARY).digest, REVIEWER.account))
        draft = submit(session, DICTIONARY, draft.id, draft.revision, EDITOR)
        draft = accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        library = current(session)
        assert list(library.documents)[-1] == "yanan-2024-new"
        assert list(library.items)[-1] == "yanan-2024-new.1"
        with pytest.raises(Refused, match="已经有编号"):
            begin_new(session, {"id": ITEM}, {"id": DOCUMENT}, EDITOR)


@pytest.mark.parametrize(
    ("item_id", "document_id", "message"),
    [("", "d", "没有编号"), ("d.1", "e", "不属于文件"), ("D.1", "D", "不能作编号"), ("d.1", "", "文件还没有编号")],
)
def test_ids_that_will_not_do(engine: Engine, item_id: str, document_id: str, message: str) -> None:
    with writing(engine) as session, pytest.raises(Refused, match=message):
        begin_new(session, {"id": item_id}, {"id": document_id}, EDITOR)


def test_ending_an_item_takes_two_and_a_new_version_brings_it_back(engine: Engine, looks: set[tuple[str, str]]) -> None:
    with writing(engine) as session:
        with pytest.raises(NoReason):
            propose_retirement(session, ITEM, "", EDITOR)
        draft = propose_retirement(session, ITEM, "文件已废止", EDITOR)
        assert ITEM in current(session).items
        with pytest.raises(SamePerson):
            confirm_retirement(session, draft.id, EDITOR)
        with pytest.raises(NotNow):
            accept(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        confirm_retirement(session, draft.id, REVIEWER)
        assert ITEM not in current(session).items
        row = session.get(ItemRow, ITEM)
        assert row is not None and row.retired_on == DAY
        again = reviewed(session, looks)
        publish(session, DICTIONARY, again.id, again.revision, REVIEWER)
        assert current(session).items[ITEM].version == 2


def test_a_reason_that_no_database_keeps_is_refused(engine: Engine) -> None:
    with pytest.raises(Refused, match="控制字符"), writing(engine) as session:
        propose_retirement(session, ITEM, "不要了\x00", EDITOR)


def test_a_proposal_to_end_an_item_can_be_declined(engine: Engine) -> None:
    with writing(engine) as session:
        draft = propose_retirement(session, ITEM, "看错了", EDITOR)
        assert withdraw(session, draft.id, "文件仍然有效", REVIEWER).state is State.WITHDRAWN
        assert ITEM in current(session).items


def test_what_is_not_there(engine: Engine) -> None:
    with writing(engine) as session:
        with pytest.raises(NoSuchDraft):
            load_draft(session, "0" * 32)
        with pytest.raises(NoSuchDraft):
            take_back(session, "0" * 32, EDITOR)
        with pytest.raises(LookupError):
            begin(session, "no.such", EDITOR)


# ------------------------------------------------------------------ the library that is loaded as a whole


def test_loading_the_bundled_library_leaves_alone_what_the_office_keeps(
    engine: Engine, looks: set[tuple[str, str]]
) -> None:
    whole = small_library()
    newer = {
        name: read_again(item, {"version": "2", "title": "随软件更新的名称"}) for name, item in whole.items.items()
    }
    with writing(engine) as session:
        draft = reviewed(session, looks)
        publish(session, DICTIONARY, draft.id, draft.revision, REVIEWER)
        document = {**whole.documents[DOCUMENT].source, "id": "office-2024"}
        publish_item(session, new_item(whole.items[ITEM], document), DAY)
    for library, titles in (
        (whole, {item.title for item in whole.items.values()}),
        (replace(whole, items=newer), {"随软件更新的名称"}),
    ):
        with writing(engine) as session:
            done = store_library(session, library, DAY)
            assert (done.kept, done.retired, done.items) == (2, 0, 2)
            loaded = current(session)
            assert loaded.items[ITEM].title == "改过的名称"
            assert loaded.items["office-2024.1"].document.id in loaded.documents
            assert {loaded.items[name].title for name in OTHERS} <= titles
    gone = replace(whole, items={OTHERS[0]: newer[OTHERS[0]]})
    with writing(engine) as session:
        assert store_library(session, gone, DAY).retired == 1
        assert list(current(session).items) == [*sorted([ITEM, OTHERS[0]]), "office-2024.1"]


def new_item(model: Item, document: dict[str, Any]) -> Item:
    found = read({"item": {**model.source, "id": "office-2024.1"}, "document": document}, DICTIONARY)
    assert isinstance(found, Item)
    return found


def test_what_the_office_ended_stays_ended(engine: Engine) -> None:
    with writing(engine) as session:
        draft = propose_retirement(session, ITEM, "文件已废止", EDITOR)
        confirm_retirement(session, draft.id, REVIEWER)
        store_library(session, small_library(), DAY)
        assert ITEM not in current(session).items


def test_a_document_that_the_office_changed_is_not_rolled_back(engine: Engine) -> None:
    with writing(engine) as session:
        item = current(session).items[ITEM]
        document = {**item.document.source, "title": "单位改的"}
        newer = read({"item": {**item.source, "version": "2"}, "document": document}, DICTIONARY)
        assert isinstance(newer, Item)
        publish_item(session, newer, DAY)
        store_library(session, small_library(), DAY)
        row = session.exec(select(DocumentRow).where(col(DocumentRow.id) == DOCUMENT)).one()
        assert "单位改的" in row.content


def test_only_the_next_version_can_be_published(engine: Engine) -> None:
    with writing(engine) as session:
        item = current(session).items[ITEM]
        for version in ("1", "3"):
            with pytest.raises(VersionConflict, match="下一版只能是第 2 版"):
                publish_item(session, read_again(item, {"version": version}), DAY)
