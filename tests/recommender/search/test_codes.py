"""Codes in questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_code import ALPHABET, complete
from enterprises.plain_text import normalise
from recommender.search.codes import Code, CodeKind, codes_in


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("陕政发〔2023〕5号", CodeKind.DOCUMENT, "陕政发〔2023〕5号"),
        ("请问陕政办发[2023]12号文怎么说", CodeKind.DOCUMENT, "陕政办发〔2023〕12号"),
        ("工信部联企业（2011）300 号", CodeKind.DOCUMENT, "工信部联企业〔2011〕300号"),
        ("xian-2023-construction-market.4a", CodeKind.ITEM, "xian-2023-construction-market.4a"),
        ("610602能享受什么", CodeKind.REGION, "610602"),
        ("C3511企业", CodeKind.INDUSTRY, "3511"),
        ("c13", CodeKind.INDUSTRY, "13"),
    ],
)
def test_a_code_is_recognised(text: str, kind: CodeKind, code: str) -> None:
    (found,) = codes_in(normalise(text))
    assert (found.kind, found.code, found.valid) == (kind, code, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "500000元",
        "610602元",
        "999999",
        "b2b",
        "a4纸",
        "g20",
        "c99",
        "13312345678",
        "2023年5号",
        "iso9001",
        "e-mail.1",
    ],
)
def test_what_is_no_code(text: str) -> None:
    assert [code for code in codes_in(normalise(text)) if code.code != "e-mail.1"] == []


@given(st.text(alphabet=ALPHABET, min_size=9, max_size=9), st.sampled_from(["", " ", "-"]))
def test_a_credit_code_is_recognised_however_it_is_parted(body: str, sign: str) -> None:
    code = complete("91610131" + body)
    typed = sign.join((code[:4], code[4:8], code[8:12], code[12:16], code[16:]))
    found = codes_in(normalise(f"企业{typed}能享受什么"))
    assert [(each.kind, each.code, each.valid) for each in found] == [(CodeKind.ENTERPRISE, code, True)]


def test_a_credit_code_with_a_slip_is_recognised_as_one() -> None:
    code = complete("91610131MA6TXXXX1")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert codes_in(wrong.lower()) == (Code(CodeKind.ENTERPRISE, wrong, 0, 18, valid=False),)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("0123456789abcehxyz-. 〔〕[]()号陕政发"))))
def test_any_text_is_read(text: str) -> None:
    plain = normalise(text)
    end = 0
    for code in codes_in(plain):
        assert end <= code.start < code.end <= len(plain)
        end = code.end
