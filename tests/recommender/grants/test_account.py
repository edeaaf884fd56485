"""Accounts: what people type, what is refused, and that nothing of it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.sealing import Seal, new_key
from recommender.grants.account import Account, BadAccount, close_account, open_account, read_account

SEAL = Seal((new_key(),))


@pytest.mark.parametrize(
    "typed",
    [
        "6222020200112233445",
        "6222 0202 0011 2233 445",
        "６２２２０２０２００１１２２３３４４５",
        "6222-0202-0011-2233-445",
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    account = read_account(" 甲公司 ", "某银行", typed)
    assert account == Account("甲公司", "某银行", "6222020200112233445")
    assert account.tail == "3445"


@pytest.mark.parametrize("length", [5, 6, 32, 33])
def test_a_number_has_6_to_32_digits(length: int) -> None:
    if 6 <= length <= 32:
        assert read_account("甲", "乙", "1" * length).number == "1" * length
    else:
        with pytest.raises(BadAccount):
            read_account("甲", "乙", "1" * length)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(BadAccount) as caught:
        read_account("", "甲\u0000", "12a")
    assert set(caught.value.mistakes) == {"holder", "bank", "number"}


@given(st.text(max_size=80), st.text(max_size=80), st.from_regex(r"[0-9]{6,32}", fullmatch=True))
def test_what_is_sealed_opens_to_the_same_and_shows_nothing(holder: str, bank: str, number: str) -> None:
    account = Account(holder, bank, number)
    sealed = close_account(account, SEAL)
    assert open_account(sealed, SEAL) == account
    assert number not in repr(account)


@given(st.from_regex(r"[3-6][0-9]{13,17}", fullmatch=True))
def test_of_ten_last_digits_one_passes_the_check(first: str) -> None:
    doubtful = [Account("甲", "乙", f"{first}{digit}").may_be_mistyped for digit in range(10)]
    assert doubtful.count(False) == 1


@pytest.mark.parametrize(
    ("number", "doubtful"),
    [
        ("4111111111111111", False),
        ("4111111111111112", True),
        ("411111111111112", True),
        ("41111111111112", False),
        ("0211111111111112", False),
        ("12345678", False),
    ],
)
def test_only_what_looks_like_a_card_is_doubted(number: str, doubtful: bool) -> None:
    assert Account("甲", "乙", number).may_be_mistyped is doubtful
