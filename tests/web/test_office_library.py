"""The officials' pages of the library and of drafts: from a draft to a published version by two people."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from enterprises.database import connect, migrate, writing
from enterprises.dictionary import bundled
from policies.exchange.written import MOST_BYTES
from policies.exchange.yaml_text import to_yaml
from policies.items import Item
from policies.publication import publish_item
from policies.tables import store_library
from recommender.publishing.content import read
from tests.recommender.publishing.made_up import DAY, DOCUMENT, small_library
from tests.web.browsing import check_page
from tests.web.signing_in import official
from web.accounts.visitor import Duty, Post
from web.app import create_app
from web.cli.main import main
from web.library.shown import side_by_side
from web.settings import Settings
from web.setup import setup
from web.stored import Database

CITY, COUNTY, ELSEWHERE = "610600", "610602", "610400"
ITEM = next(iter(small_library().items))
PAGE = f"/office/library/items/{ITEM}"
NEW = "改过的名称"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "huiqi.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    with writing(engine) as session:
        store_library(session, small_library(), DAY)
    engine.dispose()
    return path


@pytest.fixture
def app(prepared: Path, tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{shutil.copy(prepared, tmp_path / 'huiqi.db')}"
    seconds = count(step=10)  # so that the library is looked at again for each page
    stored = Database(url, bundled(), lambda: next(seconds))
    yield create_app(Settings(url, sample=True, posts="10000 per minute"), stored)
    stored.close()


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The accounts that have looked at whatever is simulated."""
    seen: set[str] = set()

    def looked_at(_session: Session, _digest: str, by: str | None = None) -> object | None:
        return next((each for each in seen if by in (None, each)), None)

    monkeypatch.setattr("recommender.simulation.looks.looked_at", looked_at)
    return seen


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    return official(app, Post(Duty.EDITOR, CITY), subject="editor", name="郭淑敏")


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    return official(app, Post(Duty.REVIEWER, CITY), subject="reviewer", name="马建军")


def account(app: Flask, subject: str) -> str:
    from web.accounts.people import account_of

    settings: Settings = app.extensions["huiqi_settings"]
    with app.extensions["huiqi"].writing() as database:
        found: str = account_of(database, "https://tests.invalid", subject, subject, settings.seal, settings.now()).id
    return found


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.text
    if status == 200:
        check_page(BeautifulSoup(response.text, "html.parser"))
    return response.text


def send(client: FlaskClient, address: str, seen: str = PAGE, **fields: str) -> tuple[int, str]:
    """Send a form with the token of a page; the status and where it leads, or the page it gives."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client, seen))
    assert token
    response = client.post(address, data={"csrf_token": token[1], **fields})
    return response.status_code, response.headers.get("Location", response.text)


def begun(editor: FlaskClient) -> str:
    """The address of a draft that was just begun."""
    status, where = send(editor, f"{PAGE}/draft")
    assert status == 303
    return where


def changed(editor: FlaskClient, draft: str, old: str, new: str, part: str = "item") -> tuple[int, str]:
    """Change a word of a draft's YAML."""
    soup = BeautifulSoup(page(editor, f"{draft}/yaml"), "html.parser")
    fields = {area["name"]: area.text.removeprefix("\n") for area in soup.select("textarea")}
    revision = soup.select_one("input[name=revision]")
    assert revision is not None and old in fields[part]
    fields[part] = fields[part].replace(old, new, 1)
    return send(editor, f"{draft}/yaml", **fields, revision=str(revision["value"]))  # type: ignore[arg-type]


def revision_of(client: FlaskClient, draft: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page(client, draft))
    return found[1] if found else "1"


# ------------------------------------------------------------------ the list


def test_the_list_shows_what_the_posts_cover(app: Flask, editor: FlaskClient) -> None:
    title = small_library().items[ITEM].title
    assert title in page(editor, "/office/library")
    for post in (Post(Duty.EDITOR, ELSEWHERE), Post(Duty.EDITOR, COUNTY), Post(Duty.EDITOR, CITY, "没有这个局")):
        other = official(app, post, subject=f"{post}", name="外人")
        assert title not in page(other, "/office/library")
        page(other, PAGE, 403)
        assert title not in page(other, "/office/library/gaps")
    page(editor, "/office/library/items/no.such", 404)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"document={DOCUMENT}", 3),
        ("document=other", 0),
        ("text=没有这样的词", 0),
        ("status=retired", 0),
        ("status=expired", 0),
        ("category=no", 0),
        ("days=30", 0),
        ("days=abc", 3),
        ("tag=没有", 0),
        ("gap=contact", 3),
    ],
)
def test_the_list_can_be_narrowed(editor: FlaskClient, query: str, found: int) -> None:
    assert f"列出 {found} 个" in page(editor, f"/office/library?{query}")


def test_what_is_missing_is_said_in_sentences(editor: FlaskClient) -> None:
    assert "没有写联系方式，企业不知道问谁。" in page(editor, "/office/library/gaps?gap=contact")


def test_tags_are_put_on_and_taken_off(editor: FlaskClient, reviewer: FlaskClient) -> None:
    assert send(editor, f"{PAGE}/tags", add=" 重点 ")[0] == 303
    assert "列出 1 个" in page(reviewer, "/office/library?tag=重点")
    status, said = send(editor, f"{PAGE}/tags", add="长" * 21)
    assert status == 422 and "标签请写 1 到 20 个字" in said and "长" * 21 in said
    assert send(editor, f"{PAGE}/tags", remove="重点")[0] == 303
    assert "列出 0 个" in page(reviewer, "/office/library?tag=重点")


# ------------------------------------------------------------------ from a draft to a version


def test_two_people_publish_a_version_and_enterprises_see_it(
    app: Flask, editor: FlaskClient, reviewer: FlaskClient, looks: set[str]
) -> None:
    draft = begun(editor)
    assert "还没有改动" in page(editor, draft)
    old = small_library().items[ITEM].title
    assert changed(editor, draft, old, NEW)[0] == 303
    said = page(editor, draft)
    assert NEW in said and old in said and "还没有人看过这份内容的仿真结果" in said
    assert send(editor, f"{draft}/submit", draft, revision=revision_of(editor, draft))[0] == 303
    assert "审核通过" in page(reviewer, draft)
    assert "1</b> 份草稿待审核" in page(reviewer, "/office")
    revision = revision_of(reviewer, draft)
    assert send(reviewer, f"{draft}/accept", draft, revision=revision)[0] == 303
    status, said = send(reviewer, f"{draft}/publish", draft, revision=revision)
    assert status == 422 and "还没有人看过" in said
    looks.add(account(app, "reviewer"))
    status, where = send(reviewer, f"{draft}/publish", draft, revision=revision)
    assert status == 303
    assert "已经发布" in page(reviewer, where)
    public = app.test_client()
    assert NEW in page(public, f"/items/{ITEM}")
    said = page(editor, PAGE)
    assert "第 1 版与第 2 版" in said and f"<ins>{NEW}</ins>" in said and f"<del>{old}</del>" in said


def test_what_is_published_is_in_the_library_at_once(prepared: Path, tmp_path: Path, looks: set[str]) -> None:
    """Whoever publishes looks next at what they published: not at the library as it was seconds ago."""
    url = f"sqlite:///{shutil.copy(prepared, tmp_path / 'huiqi.db')}"
    stored = Database(url, bundled(), lambda: 0.0)  # no second goes by
    app = create_app(Settings(url, sample=True, posts="10000 per minute"), stored)
    editor = official(app, Post(Duty.EDITOR, CITY), subject="editor", name="郭淑敏")
    reviewer = official(app, Post(Duty.REVIEWER, CITY), subject="reviewer", name="马建军")
    looks.add(account(app, "reviewer"))
    draft = begun(editor)
    changed(editor, draft, small_library().items[ITEM].title, NEW)
    assert send(editor, f"{draft}/submit", draft, revision=revision_of(editor, draft))[0] == 303
    assert send(reviewer, f"{draft}/accept", draft, revision=revision_of(reviewer, draft))[0] == 303
    assert NEW not in page(reviewer, "/office/library")
    assert send(reviewer, f"{draft}/publish", draft, revision=revision_of(reviewer, draft))[0] == 303
    assert NEW in page(reviewer, "/office/library")
    stored.close()


def test_a_new_item_is_shown_whole_and_in_words(editor: FlaskClient) -> None:
    form = "/office/drafts/new"
    _, where = send(editor, form, form, document=DOCUMENT, number="98", title="新事项")
    draft = f"/office/drafts/{re.findall('[0-9a-f]{32}', where)[0]}"
    said = page(editor, draft)
    assert "还没有填完" in said and "缺少字段" not in said.partition("<h2>YAML</h2>")[0]
    whole = page(editor, begun(editor)).partition("<h2>YAML</h2>")[0]
    assert "还没有改动" in whole


def test_a_document_is_compared_in_words() -> None:
    said = {each.aspect: each.right for each in side_by_side(None, small_library().items[ITEM], bundled())}
    assert said["文件：级别"] == ("市级",)
    assert said["文件：地区"] == ("陕西省延安市",)
    assert re.fullmatch("第 [0-9]+ 至 [0-9]+ 页", said["文件：页码"][0])
    assert re.fullmatch("2023年[0-9]+月[0-9]+日", said["文件：印发日期"][0])


def test_an_item_leads_on_to_what_is_done_with_it(app: Flask, editor: FlaskClient) -> None:
    assert f"/office/simulations?item={ITEM}" in page(editor, PAGE)
    assert "/office/campaigns/new" not in page(editor, PAGE)
    operator = official(app, Post(Duty.OPERATOR, CITY), subject="operator", name="经办")
    assert "/office/campaigns/new" in page(operator, PAGE)


def test_who_wrote_it_does_not_judge_it_whatever_their_duties(app: Flask, editor: FlaskClient) -> None:
    both = official(app, Post(Duty.EDITOR, CITY), Post(Duty.REVIEWER, CITY), subject="both", name="两职")
    draft = begun(both)
    assert send(both, f"{draft}/submit", draft, revision="1")[0] == 303
    assert "请由另一位有审核职责的人员审核和发布" in page(both, draft)
    status, said = send(both, f"{draft}/accept", draft, revision="2")
    assert status == 422 and "不能自己“审核通过”" in said


def test_others_may_not_touch_a_draft(app: Flask, editor: FlaskClient, reviewer: FlaskClient) -> None:
    draft = begun(editor)
    stranger = official(app, Post(Duty.EDITOR, ELSEWHERE), Post(Duty.REVIEWER, ELSEWHERE), subject="s", name="外人")
    page(stranger, draft, 403)
    for deed in (
        "submit",
        "take-back",
        "renew",
        "withdraw",
        "accept",
        "send-back",
        "publish",
        "decline",
        "retire",
        "yaml",
    ):
        assert send(stranger, f"{draft}/{deed}", "/office/library", revision="1", reason="x")[0] == 403
    assert send(reviewer, f"{draft}/submit", draft, revision="1")[0] == 403
    assert send(editor, f"{draft}/accept", draft, revision="1")[0] == 403
    page(editor, f"/office/drafts/{'0' * 32}", 404)
    assert page(stranger, "/office/drafts").count("/office/drafts/") == 0 or "没有这样的草稿" in page(
        stranger, "/office/drafts"
    )


def test_a_draft_cannot_be_moved_out_of_reach(editor: FlaskClient, app: Flask) -> None:
    narrow = official(app, Post(Duty.EDITOR, CITY, small_library().items[ITEM].departments[0]), subject="n", name="窄")
    draft = begun(narrow)
    status, said = changed(narrow, draft, small_library().items[ITEM].departments[0], "延安市水务局")
    assert status == 422 and "不在您的职责范围" in said and "延安市水务局" in said


def test_a_document_is_not_changed_for_items_of_other_departments(
    app: Flask, editor: FlaskClient, looks: set[str]
) -> None:
    ours, theirs = small_library().items[ITEM].departments[0], "延安市水务局"
    other = tuple(small_library().items)[1]
    with app.extensions["huiqi"].writing() as database:
        stored = small_library().items[other]
        source = {**stored.source, "version": "2", "departments": [theirs]}
        item = read({"item": source, "document": dict(stored.document.source)}, bundled())
        assert isinstance(item, Item)
        publish_item(database, item, DAY)
    narrow = official(app, Post(Duty.REVIEWER, CITY, ours), subject="narrow", name="窄")
    looks.add(account(app, "narrow"))
    draft = begun(editor)
    title = small_library().items[ITEM].document.title
    assert changed(editor, draft, title, NEW, part="document")[0] == 303
    assert send(editor, f"{draft}/submit", draft, revision=revision_of(editor, draft))[0] == 303
    assert stored.title in page(narrow, draft), "the other items are named that get a new version with it"
    assert send(narrow, f"{draft}/accept", draft, revision=revision_of(narrow, draft))[0] == 303
    status, said = send(narrow, f"{draft}/publish", draft, revision=revision_of(narrow, draft))
    assert status == 422 and "不在您的职责范围里" in said
    whole = official(app, Post(Duty.REVIEWER, CITY), subject="whole", name="全")
    status, _ = send(whole, f"{draft}/publish", draft, revision=revision_of(whole, draft))
    assert status == 303


def test_a_revision_that_is_no_number_is_an_old_one(editor: FlaskClient) -> None:
    draft = begun(editor)
    fields = {
        area["name"]: area.text for area in BeautifulSoup(page(editor, f"{draft}/yaml"), "html.parser")("textarea")
    }
    for revision in ("", "-1", "２", "9" * 5000):
        status, _ = send(editor, f"{draft}/yaml", **fields, revision=revision)  # type: ignore[arg-type]
        assert status == 409


def test_what_somebody_else_saved_meanwhile_is_shown_beside_what_was_typed(editor: FlaskClient) -> None:
    draft = begun(editor)
    title = small_library().items[ITEM].title
    soup = BeautifulSoup(page(editor, f"{draft}/yaml"), "html.parser")
    mine = {str(area["name"]): area.text.removeprefix("\n").replace(title, "我的") for area in soup.select("textarea")}
    assert changed(editor, draft, title, "别人的")[0] == 303
    status, said = send(editor, f"{draft}/yaml", **mine, revision="1")
    assert status == 409
    assert "title: 我的" in said and "title: 别人的" in said and 'name="revision" value="2"' in said


@pytest.mark.parametrize(("text", "said"), [("a: [1", "不合 YAML 的写法"), ("- x", "映射"), ("", "文件是空的")])
def test_what_is_no_yaml_is_shown_again(editor: FlaskClient, text: str, said: str) -> None:
    draft = begun(editor)
    status, answer = send(editor, f"{draft}/yaml", item=text, document="a: 1", revision="1")
    assert status == 422 and said in answer and "没有保存" in answer


def test_a_faulty_draft_is_kept_and_says_where_it_is_faulty(editor: FlaskClient) -> None:
    draft = begun(editor)
    assert changed(editor, draft, "category: ", "category: no-")[0] == 303
    said = page(editor, draft)
    assert "还读不出来" in said and "category" in said and "/submit" not in said
    status, said = send(editor, f"{draft}/submit", draft, revision="2")
    assert status == 422 and "没有办成" in said


def test_an_example_that_fails_is_said_in_chinese(editor: FlaskClient) -> None:
    draft = begun(editor)
    assert changed(editor, draft, "verdict: eligible", "verdict: ineligible")[0] == 303
    said = page(editor, draft)
    assert "应为 不符合，得到 符合" in said and "个没有通过" in said


def test_beginning_twice_leads_to_the_same_draft(editor: FlaskClient) -> None:
    assert begun(editor) == begun(editor)


def test_ending_an_item_takes_another_person(app: Flask, editor: FlaskClient, reviewer: FlaskClient) -> None:
    status, said = send(editor, f"{PAGE}/retirement", reason=" ")
    assert status == 422 and "要写明原因" in said
    status, where = send(editor, f"{PAGE}/retirement", reason="文件已经废止")
    assert status == 303
    assert "文件已经废止" in page(reviewer, where)
    assert send(reviewer, f"{where}/retire", where)[0] == 303
    page(app.test_client(), f"/items/{ITEM}", 404)
    assert "已停用" in page(editor, PAGE)
    assert "列出 1 个" in page(editor, "/office/library?status=retired")


def test_a_new_item_begins_with_its_ids(editor: FlaskClient) -> None:
    form = "/office/drafts/new"
    status, said = send(editor, form, form, document="", document_id="", number="", title="")
    assert status == 422 and "有 3 处需要改正" in said
    status, said = send(editor, form, form, document=DOCUMENT, number=ITEM.rpartition(".")[2], title="重复")
    assert status == 422 and "已经有编号" in said and "重复" in said
    status, where = send(editor, form, form, document=DOCUMENT, number="99x", title="新事项")
    assert status == 303
    draft = where.replace("/yaml", "").replace("/editor", "")
    assert "新事项" in page(editor, "/office/drafts")
    assert f"{DOCUMENT}.99x" in page(editor, f"/office/drafts/{re.findall('[0-9a-f]{32}', draft)[0]}")


# ------------------------------------------------------------------ out and in


FILES = "/office/library/files"


def upload(client: FlaskClient, data: bytes, name: str) -> tuple[int, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client, FILES))
    assert token
    lines = (
        b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n',
        token[1].encode(),
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode(),
        data,
        b"--x--\r\n",
    )  # written out, since the client would leave a large form in a file of its own
    form = "multipart/form-data; boundary=x"
    with client.post("/office/library/import", data=b"\r\n".join(lines), content_type=form) as response:
        return response.status_code, response.headers.get("Location") or response.get_data(as_text=True)


@pytest.mark.parametrize("name", ["library.zip", "library.xlsx", f"{ITEM}.zip"])
def test_what_goes_out_comes_in_again_without_a_draft(editor: FlaskClient, name: str) -> None:
    response = editor.get(f"{FILES}/{name}")
    assert response.status_code == 200 and "attachment" in response.headers["Content-Disposition"]
    status, where = upload(editor, response.data, name)
    assert status == 303 and "drafts=0" in where
    assert "文件里没有改动" in page(editor, where)


def test_a_changed_yaml_file_becomes_a_draft(editor: FlaskClient) -> None:
    title = small_library().items[ITEM].title
    text = to_yaml(dict(small_library().items[ITEM].source)).replace(title, "从文件来的名称")
    status, where = upload(editor, text.encode(), "1.yaml")
    assert status == 303
    assert "从文件来的名称" in page(editor, where.partition("?")[0])
    status, said = upload(editor, text.encode(), "1.yaml")
    assert status == 422 and "没办完的草稿" in said


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"x", "a.exe", "不认识这种文件"),
        (b"x", "a.zip", "打不开"),
        (b"x", "a.xlsx", "打不开"),
        (b"a: [", "a.yaml", "不合 YAML"),
        (b"", "", "请选一个文件"),
    ],
)
def test_a_bad_file_says_what_is_wrong(editor: FlaskClient, data: bytes, name: str, said: str) -> None:
    status, answer = upload(editor, data, name)
    assert status == 422 and said in answer and "没有导入" in answer


def test_a_file_that_is_too_large_is_not_taken(editor: FlaskClient) -> None:
    assert upload(editor, b"0" * (MOST_BYTES + 300_000), "a.zip")[0] == 413
    assert upload(editor, b"0" * (MOST_BYTES + 1), "a.zip")[0] == 422


def test_only_editors_bring_files_in_and_get_what_they_cover(app: Flask, reviewer: FlaskClient) -> None:
    assert upload(reviewer, b"x", "a.zip")[0] == 403
    other = official(app, Post(Duty.EDITOR, ELSEWHERE), subject="elsewhere", name="外人")
    assert other.get(f"{FILES}/{ITEM}.zip").status_code == 404
    with zipfile.ZipFile(io.BytesIO(other.get(f"{FILES}/library.zip").data)) as archive:
        assert archive.namelist() == []
    data = to_yaml({**small_library().items[ITEM].source, "title": "抢"}).encode()
    status, said = upload(other, data, "1.yaml")
    assert status == 422 and "不在您的职责范围" in said


def test_the_command_line_brings_files_out_and_in(
    app: Flask, editor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'huiqi.db'}")
    runner, path = CliRunner(), tmp_path / "out.xlsx"
    assert "导出了 3 个事项" in runner.invoke(main, ["library", "export", str(path)]).output
    by = ["--by", account(app, "editor")]
    assert "没有改动，没有建草稿" in runner.invoke(main, ["library", "import", str(path), *by]).output
    text = to_yaml({**small_library().items[ITEM].source, "title": "命令行来的"})
    (tmp_path / "1.yaml").write_text(text, encoding="utf-8")
    assert "第 2 版的草稿" in runner.invoke(main, ["library", "import", str(tmp_path / "1.yaml"), *by]).output
    for arguments in (
        ["export", str(tmp_path / "out.pdf")],
        ["export", str(path), "--document", "no"],
        ["import", str(path), "--by", "nobody"],
    ):
        assert runner.invoke(main, ["library", *arguments]).exit_code != 0


def test_setting_up_again_leaves_alone_what_the_office_keeps(app: Flask, editor: FlaskClient) -> None:
    stored: Database = app.extensions["huiqi"]
    settings: Settings = app.extensions["huiqi_settings"]
    with stored.writing() as session:
        item = small_library().items[ITEM]
        plain = {**item.source, "version": "2", "title": NEW}
        published = read({"item": plain, "document": dict(item.document.source)}, bundled())
        assert isinstance(published, Item)
        publish_item(session, published, DAY)
    assert NEW in page(editor, PAGE)
    for _ in range(2):
        assert "另有 1 个由单位自己维护，没有动" in setup(settings.database_url, sample=False)
        assert f"<h1>{NEW}</h1>" in page(editor, PAGE)
