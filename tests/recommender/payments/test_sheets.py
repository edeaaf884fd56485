"""Lists that offices send and files that banks send: read exactly, or refused as a whole with every line's mistake."""

from datetime import date
from pathlib import Path

import pytest

from recommender.payments.results import read_result
from recommender.payments.sheets import BadList
from recommender.payments.stated import read_stated
from tests.made_up_payments import code
from tests.made_up_tables import write

STATED = ("统一社会信用代码", "金额（元）", "算法", "核定单位", "日期")
RESULT = ("付款编号", "金额（元）", "收款账号", "结果", "到账日期", "原因")
GOOD = [
    (code(1), "1234.56", "保费 10 元；60%", "经办机构", "2024-05-01"),
    (code(2), "0.01", "最少", "经办机构", ""),
]
PAID = [
    ("FK2024-00001-0001", "10000.00", "0200000 00001", "成功", "2024-06-28", ""),
    ("FK2024-00001-0002", "0.01", "0002", "退票", "", "户名不符"),
]


def problems(path: Path, count: int = 2, total: int = 123457) -> list[str]:
    with pytest.raises(BadList) as refused:
        read_stated(path, count, total)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_list_is_read_as_it_stands_in_its_order(tmp_path: Path, ending: str) -> None:
    found = read_stated(write(tmp_path / f"list{ending}", STATED, GOOD), 2, 123457)
    assert [(line.credit_code, line.position, line.amount, line.steps, line.day) for line in found.lines] == [
        (code(1), 1, 123456, ("保费 10 元", "60%"), date(2024, 5, 1)),
        (code(2), 2, 1, ("最少",), None),
    ]
    assert (found.count, found.total) == (2, 123457)


@pytest.mark.parametrize(("count", "total"), [(1, 123457), (3, 123457), (2, 123456), (2, 123458)])
def test_it_must_come_to_the_control_figures(tmp_path: Path, count: int, total: int) -> None:
    (said,) = problems(write(tmp_path / "list.csv", STATED, GOOD), count, total)
    assert "请核对" in said


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    rows = [
        (code(1), "0", "算法", "机构", ""),
        ("91610602MAHQ8000XY", "1", "算法", "机构", ""),
        (code(3), "一百", "", "机构", "2024-02-30"),
        (code(4), "1.005", "算法", "机构", ""),
    ]
    said = problems(write(tmp_path / "list.csv", STATED, rows))
    assert [sentence.partition("：")[0] for sentence in said] == [
        *("第 2 行", "第 3 行", "第 4 行", "第 4 行", "第 5 行"),
    ]


def test_an_enterprise_has_one_line(tmp_path: Path) -> None:
    (said,) = problems(write(tmp_path / "list.csv", STATED, [GOOD[0], GOOD[0]]))
    assert said == "第 3 行：统一社会信用代码与第 2 行重复"


@pytest.mark.parametrize(
    ("name", "header", "rows", "words"),
    [
        ("a.csv", STATED[:3], [], "缺少“核定单位”列"),
        ("a.csv", STATED, [], "一行内容也没有"),
        ("a.jsonl", STATED, GOOD, "只能用"),
    ],
)
def test_what_is_no_such_list_is_said_to_be_none(
    tmp_path: Path, name: str, header: tuple[str, ...], rows: list[tuple[str, ...]], words: str
) -> None:
    assert any(words in said for said in problems(write(tmp_path / name, header, rows)))


def test_a_bank_s_file_is_read_with_the_last_digits_of_accounts(tmp_path: Path) -> None:
    found = read_result(write(tmp_path / "result.xlsx", RESULT, PAID), 2, 1_000_001)
    assert [(one.reference, one.amount, one.tail, one.paid, one.day, one.reason) for one in found.outcomes] == [
        ("FK2024-00001-0001", 1_000_000, "0001", True, date(2024, 6, 28), ""),
        ("FK2024-00001-0002", 1, "0002", False, None, "户名不符"),
    ]


def test_a_bank_s_file_says_when_and_why_and_each_line_once(tmp_path: Path) -> None:
    rows = [
        (PAID[0][0], "1", "0001", "成功", "", ""),
        (PAID[1][0], "1", "0002", "退回", "", ""),
        (PAID[1][0], "1", "02", "好", "", ""),
    ]
    with pytest.raises(BadList) as refused:
        read_result(write(tmp_path / "result.csv", RESULT, rows[2:]), 1, 100)
    assert len(refused.value.problems) == 2
    with pytest.raises(BadList) as refused:
        read_result(write(tmp_path / "result.csv", RESULT, [rows[0], rows[1], PAID[1]]), 9, 100)
    assert [problem.line for problem in refused.value.problems] == [4, 2, 3, 0]
