import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from enterprises.credit_code import ALPHABET, InvalidCreditCode, check, check_digit, compact, complete

PUBLISHED = {
    "914403001922038216": "华为技术有限公司",
    "9144030071526726XG": "深圳市腾讯计算机系统有限公司",
    "91440300192317458F": "比亚迪股份有限公司",
    "91440400192548256N": "珠海格力电器股份有限公司",
    "91330100799655058B": "阿里巴巴（中国）有限公司",
    "91110000802100433B": "百度在线网络技术（北京）有限公司",
    "91110108551385082Q": "小米科技有限责任公司",
    "91110000710925462X": "中国石油天然气股份有限公司",
    "91100000100003962T": "中国工商银行股份有限公司",
    "916101167101813521": "隆基绿能科技股份有限公司",
}

CHARACTERS = st.sampled_from(ALPHABET)
FIRST_17 = st.tuples(
    st.text(CHARACTERS, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CHARACTERS, min_size=9, max_size=9),
).map("".join)
ANY_CHARACTER = CHARACTERS | st.characters(exclude_categories=["Cs"])


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_valid(code: str) -> None:
    assert check(code) == complete(code[:17]) == code


@given(FIRST_17)
def test_completed_codes_are_valid(first17: str) -> None:
    assert check(complete(first17)) == first17 + check_digit(first17)


@given(FIRST_17)
def test_check_digit_is_that_of_another_implementation(first17: str) -> None:
    assert check_digit(first17) == uscc.calc_check_digit(first17)


@given(FIRST_17, st.integers(0, 17), ANY_CHARACTER)
def test_every_single_wrong_character_is_noticed(first17: str, position: int, character: str) -> None:
    code = complete(first17)
    assume(character != code[position])
    with pytest.raises(InvalidCreditCode):
        check(code[:position] + character + code[position + 1 :])


@given(FIRST_17, st.integers(0, 16))
def test_every_swap_of_neighbours_is_noticed(first17: str, position: int) -> None:
    code = complete(first17)
    before, one, other, after = code[:position], code[position], code[position + 1], code[position + 2 :]
    assume(one != other)
    with pytest.raises(InvalidCreditCode):
        check(before + other + one + after)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "统一社会信用代码应为18位，实为0位"),
        ("91440300192203821", "统一社会信用代码应为18位，实为17位"),
        ("9144030019220382166", "统一社会信用代码应为18位，实为19位"),
        ("9144030O1922038216", "第8位“O”有误：只能用数字和除I、O、Z、S、V外的大写字母"),
        ("91440300i922038216", "第9位“i”有误：只能用数字和除I、O、Z、S、V外的大写字母"),
        ("９14403001922038216", "第1位“９”有误：只能用数字和除I、O、Z、S、V外的大写字母"),
        ("9144A3001922038216", "第5位“A”有误：第3至8位是行政区划码，只能用数字"),
        ("914403001922038217", "统一社会信用代码校验码不符：第18位应为“6”，实为“7”"),
    ],
)
def test_message_says_what_is_wrong(code: str, message: str) -> None:
    with pytest.raises(InvalidCreditCode) as caught:
        check(code)
    assert message in str(caught.value)


def test_check_digit_needs_17_characters() -> None:
    with pytest.raises(InvalidCreditCode, match="前17位应为17位，实为18位"):
        check_digit("914403001922038216")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("9144030071526726xg", "9144030071526726XG"),
        (" 9144 0300-7152 6726-XG\n", "9144030071526726XG"),
        ("９１４４０３００７１５２６７２６ｘｇ", "9144030071526726XG"),
        ("914403007－1526726—XG\u3000", "9144030071526726XG"),
        ("9144030O71526726XG", "9144030O71526726XG"),  # no guessing what was meant
    ],
)
def test_compact(written: str, code: str) -> None:
    assert compact(written) == code


@given(FIRST_17)
def test_compact_leaves_valid_codes_alone(first17: str) -> None:
    assert compact(complete(first17)) == complete(first17)
