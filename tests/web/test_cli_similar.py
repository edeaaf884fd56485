"""``huiqi similar``: what is listed, what persons decide, and errors that say how to mend them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from policies.library import FOLDER
from recommender.encoder.encoder import BadModel
from web.cli.similar import KINDS, STATES, similar

PROVINCE = "shaanxi-2023-business-environment.16b"
CITY = "xianyang-2023-fangguanfu.32c"
TWICE = "xianyang-2023-qinwuyuan.21b"
UNLIKE = "yanan-2023-private-economy.33"


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'huiqi.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.delenv("HUIQI_ENCODER", raising=False)
    return url


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A library of four items, in a folder of its own."""
    folder = tmp_path / "library"
    for item_id in (PROVINCE, CITY, TWICE, UNLIKE):
        document, _, clause = item_id.rpartition(".")
        home = folder / document
        home.mkdir(parents=True)
        for name in ("document.yaml", f"{clause}.yaml"):
            (home / name).write_bytes((FOLDER / document / name).read_bytes())
    return folder


def huiqi(*arguments: str | Path) -> Result:
    return CliRunner().invoke(similar, [str(argument) for argument in arguments], terminal_width=120)


def listed(*arguments: str | Path) -> list[dict[str, Any]]:
    result = huiqi("list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def ids(questions: Sequence[dict[str, Any]]) -> list[set[str]]:
    return [{item["id"] for item in question["items"]} for question in questions]


def test_pairs_are_listed_with_kind_reasons_and_how_to_decide(small: Path) -> None:
    told = huiqi("list", "--library", small)
    assert told.exit_code == 0, told.output
    assert "1. 疑似重复（待确认，1.00 分）" in told.output
    assert "同一扶持（上下级）（待确认" in told.output
    assert f"{CITY} 以信用承诺或工程担保代替投标保证金（陕西省咸阳市，" in told.output
    assert "理由：名称相同；两项都看拟办事项“工程建设投标”" in told.output
    assert "共 3 对。只作提示，不影响任何判断和金额。" in told.output
    assert "huiqi similar confirm" in told.output


def test_the_list_is_narrowed_by_item_kind_and_state(small: Path) -> None:
    assert ids(listed("--library", small, "--item", CITY)) == [{CITY, TWICE}, {PROVINCE, CITY}]
    assert ids(listed("--library", small, "--kind", "duplicate")) == [{CITY, TWICE}]
    assert listed("--library", small, "--state", "confirmed") == []
    assert listed("--library", small, "--item", UNLIKE) == []


def test_what_is_confirmed_or_rejected_stays_so_until_an_item_changes(small: Path) -> None:
    yes = huiqi("confirm", TWICE, CITY, "--as", "duplicate", "--by", "张三", "--note", "同一条", "--library", small)
    no = huiqi("reject", PROVINCE, CITY, "--by", "李四", "--library", small)
    assert (yes.exit_code, no.exit_code) == (0, 0), yes.output + no.output
    assert yes.output.startswith("已确认：疑似重复\n")
    (confirmed,) = listed("--library", small, "--state", "confirmed")
    assert ids([confirmed]) == [{CITY, TWICE}]
    said = confirmed["ruling"]
    assert (said["verdict"], said["kind"], said["by"], said["note"]) == ("confirmed", "duplicate", "张三", "同一条")
    assert {PROVINCE, CITY} not in ids(listed("--library", small))
    assert ids(listed("--library", small, "--state", "rejected")) == [{PROVINCE, CITY}]
    change(small, CITY)
    assert {tuple(sorted(each)) for each in ids(listed("--library", small, "--state", "reopened"))} == {
        tuple(sorted((CITY, TWICE))),
        tuple(sorted((PROVINCE, CITY))),
    }
    assert "内容已变，待重新确认" in huiqi("list", "--library", small).output
    assert "张三 确认为疑似重复：同一条" in huiqi("list", "--library", small).output


def change(folder: Path, item_id: str) -> None:
    document, _, clause = item_id.rpartition(".")
    path = folder / document / f"{clause}.yaml"
    path.write_text(path.read_text("utf-8").replace("summary: ", "summary: （修订）", 1), "utf-8")


def test_what_only_a_person_found_is_listed_too(small: Path) -> None:
    assert huiqi("confirm", UNLIKE, CITY, "--as", "related", "--by", "张三", "--library", small).exit_code == 0
    (found,) = listed("--library", small, "--item", UNLIKE)
    assert (found["score"], found["state"], found["kind"]) == (None, "confirmed", "related")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--item", "yanan-2023-private-economy.333"), "是否想写“yanan-2023-private-economy.33”？"),
        (("confirm", CITY, "xianyang.1", "--as", "same", "--by", "张三"), "没有事项“xianyang.1”"),
        (("confirm", CITY, CITY, "--as", "same", "--by", "张三"), "请写两个不同的事项"),
        (("confirm", CITY, TWICE, "--as", "same"), "缺少选项"),
        (("confirm", CITY, TWICE, "--by", "张三"), "缺少选项"),
        (("reject", CITY, TWICE, "--by", " "), "请写姓名或工号"),
        (("reject", CITY, TWICE, "--by", "张三", "--note", "坏\x07"), "看不见的字符"),
        (("list", "--kind", "equal"), "不可用"),
    ],
)
def test_mistakes_are_told_in_chinese(small: Path, arguments: tuple[str, ...], said: str) -> None:
    told = huiqi(*arguments, "--library", small)
    assert told.exit_code == 2
    assert said in told.output
    assert not listed("--library", small, "--state", "confirmed")


def test_a_model_that_cannot_be_used_is_named(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_encoder() -> None:
        raise BadModel("模型坏了", "请重新安装")

    monkeypatch.setattr("recommender.encoder.encoder.load_encoder", load_encoder)
    told = huiqi("list", "--library", small)
    assert told.exit_code == 1
    assert "错误：模型坏了。请重新安装" in told.output


def test_a_database_that_cannot_be_used_is_named(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somewhere")
    for arguments in (("list",), ("reject", CITY, TWICE, "--by", "张三")):
        told = huiqi(*arguments, "--library", small)
        assert told.exit_code == 1
        assert "不支持数据库" in told.output


def test_the_choices_are_those_of_the_recommender() -> None:
    from recommender.similar.pairs import Kind
    from recommender.similar.rulings import State

    assert list(Kind) == list(KINDS)
    assert list(State) == list(STATES)
