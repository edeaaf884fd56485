"""Templates of messages: fields are filled and nothing is run; mistakes have a place; nothing uncertain is promised."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.match import Verdict
from recommender.messages.layout import BULLET
from recommender.messages.template_mistakes import check, promises
from recommender.messages.templates import FIELDS, USUAL, Addressed, Part, Template, Told, certainty, render

LOAN = Told(
    title="技改贷款贴息",
    document="若干措施",
    departments=("市工信局", "市财政局"),
    delivery="即申即享",
    closes=date(2023, 12, 31),
    verdict=Verdict.ELIGIBLE,
    amount_low=10_0000_00,
    amount_high=50_0000_00,
)
MAYBE = replace(LOAN, title="首次上规奖励", closes=None, verdict=Verdict.UNDETERMINED, missing="还缺：2022 年营业收入")
NEAR = replace(LOAN, verdict=Verdict.INELIGIBLE, amount_low=None, amount_high=None)
ADDRESSED = Addressed("延安某某机械有限公司", (LOAN, MAYBE))


def with_(part: Part, text: str) -> Template:
    return replace(USUAL, **{part.value: text})


def messages(part: Part, text: str, *, certain: bool = False) -> list[str]:
    found = check(with_(part, text), certain=certain)
    assert all(mistake.part is part for mistake in found)
    return [str(mistake) for mistake in found]


def test_the_usual_template_has_no_mistake_and_reads_well() -> None:
    assert check(USUAL, certain=False) == ()
    rendered = render(USUAL, ADDRESSED)
    assert rendered.title == "延安某某机械有限公司：有 2 项惠企政策请您看看"
    assert rendered.lines == (
        "延安某某机械有限公司：",
        "按现在掌握的信息，下面的事项可能用得上。",
        "技改贷款贴息：10万元 至 50万元",
        f"{BULLET}即申即享，最后一天：2023年12月31日，主管部门：市工信局、市财政局",
        f"{BULLET}按已掌握的信息，条件都符合；最终以主管部门认定为准。",
        "首次上规奖励：符合的话10万元 至 50万元",
        f"{BULLET}即申即享，最后一天：没有规定截止日期，主管部门：市工信局、市财政局",
        f"{BULLET}还不确定是否符合：还缺：2022 年营业收入。",
        "点开事项可以看到判断的依据。信息有出入，请在页面上更正。",
    )


@pytest.mark.parametrize("told", [LOAN, MAYBE, replace(MAYBE, missing=""), NEAR], ids=["sure", "maybe", "?", "near"])
def test_no_template_leaves_out_which_part_is_certain(told: Told) -> None:
    rendered = render(with_(Part.EACH, "看看这个"), Addressed("甲", (told,)))
    assert f"{BULLET}{certainty(told)}" in rendered.lines
    assert ("条件都符合" in certainty(told)) == (told.verdict is Verdict.ELIGIBLE)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (replace(LOAN, amount_high=10_0000_00), "10万元"),
        (replace(LOAN, amount_high=None), "10万元以上"),
        (replace(LOAN, amount_low=0), "最高 50万元"),
        (replace(LOAN, amount_low=0, amount_high=None), "金额待定"),
        (replace(LOAN, amount_low=None, amount_high=None), "不直接给资金"),
        (replace(MAYBE, amount_low=0, amount_high=None), "金额待定"),
        (NEAR, "按政策规定"),
    ],
    ids=["one", "open", "most", "unknown", "none", "maybe-unknown", "near"],
)
def test_amounts(told: Told, said: str) -> None:
    assert render(with_(Part.EACH, "{金额}"), Addressed("甲", (told,))).lines[2] == said


def test_a_field_that_there_is_not_is_refused_at_its_place() -> None:
    (said,) = messages(Part.OPENING, "您好：\n贵公司{企业名}可以看看")
    assert said == "第 2 行第 4 个字：没有“企业名”这个字段。是否想写“企业名称”？"
    assert "只能写在“每个事项怎么说”里" in messages(Part.OPENING, "{金额}")[0]
    assert "括号里要写字段的名称" in messages(Part.CLOSING, "{}")[0]


@pytest.mark.parametrize("text", ["{企业名称", "企业名称}", "｛企业名称｝", "{企业{名称}}"])
def test_braces_without_their_other_half_are_refused(text: str) -> None:
    assert messages(Part.OPENING, text)


def test_braces_can_be_written_and_blanks_in_them_do_not_matter() -> None:
    assert messages(Part.OPENING, "{{原文}} { 企业名称 }") == []
    assert render(with_(Part.OPENING, "{{原文}} { 企业名称 }"), ADDRESSED).lines[0] == "{原文} 延安某某机械有限公司"


@pytest.mark.parametrize(
    ("part", "text", "wrong"),
    [
        (Part.TITLE, "", True),
        (Part.EACH, " \n", True),
        (Part.OPENING, "", False),
        (Part.TITLE, "字" * 60, False),
        (Part.TITLE, "字" * 61, True),
        (Part.CLOSING, "字" * 300, False),
        (Part.CLOSING, "字" * 301, True),
        (Part.TITLE, "两\n行", True),
        (Part.CLOSING, "看不\x00见", True),
        (Part.CLOSING, "两\n行", False),
        (Part.CLOSING, "请看 https://example.com/a", True),
        (Part.CLOSING, "请看 www.example.com", True),
        (Part.CLOSING, "请看网站", False),
    ],
    ids=str,
)
def test_bounds_and_addresses(part: Part, text: str, wrong: bool) -> None:
    assert bool(messages(part, text, certain=True)) == wrong


@pytest.mark.parametrize("text", ["一定能拿到", "我们保证到账", "肯定符合", "100% 通过", "百分之百", "稳拿", "已获批"])
def test_promises_are_refused_unless_everything_is_certain(text: str) -> None:
    assert "是承诺" in messages(Part.CLOSING, text)[0]
    assert messages(Part.CLOSING, text, certain=True) == []
    assert promises(with_(Part.CLOSING, text))


@pytest.mark.parametrize("text", ["不一定符合", "达到一定规模", "退还保证金", "不能保证", "请确保材料齐全", "不肯定"])
def test_what_only_looks_like_a_promise_may_be_said(text: str) -> None:
    assert messages(Part.CLOSING, text) == []


def test_a_template_is_kept_as_text() -> None:
    assert Template.of_text(USUAL.to_text()) == USUAL
    for text in ("[]", '{"title":""}', "x"):
        with pytest.raises(ValueError):
            Template.of_text(text)


HARMLESS = st.text(st.characters(exclude_characters="{}｛｝\r\n"), max_size=40)


@given(name=st.text(max_size=30), title=st.text(max_size=30))
def test_values_are_never_read_again(name: str, title: str) -> None:
    """Neither braces nor line breaks in a register's name make fields or lines."""
    rendered = render(Template("a {企业名称}", "", "b {事项}", ""), Addressed(name, (replace(LOAN, title=title),)))
    assert rendered.title == f"a {' '.join((name or '贵企业').split())}".rstrip()
    assert rendered.lines[0] == f"b {' '.join(title.split())}".rstrip()
    assert len(rendered.lines) == 2


@given(text=st.text(st.sampled_from(list("{}｛｝\n _.[]()0a企业名称事项数")), max_size=30))
def test_what_has_no_mistake_can_be_rendered_and_anything_else_only_fails_as_it_says(text: str) -> None:
    template = with_(Part.CLOSING, text)
    if check(template, certain=True):
        return
    lines = render(template, ADDRESSED).lines
    assert all("\n" not in line for line in lines)


@given(text=HARMLESS)
def test_plain_text_stays_as_it_is(text: str) -> None:
    lines = render(with_(Part.OPENING, f"x{text}x"), ADDRESSED).lines
    assert lines[0] == f"x{text}x"


def test_every_field_is_explained_and_works() -> None:
    for part in Part:
        for field in FIELDS[part]:
            assert field.meaning
            assert check(with_(part, f"{{{field.name}}}"), certain=True) == ()
            render(with_(part, f"{{{field.name}}}"), ADDRESSED)
