"""Finding enterprises by what people type of their names: all that is stored is found, and nothing else."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin
from sqlalchemy import Engine, func
from sqlmodel import Session, col, delete, select

from enterprises.credit_code import complete
from enterprises.database import alembic_config, changing_schema, connect, migrate, reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.names.keys import LONGEST, LONGEST_NAME, keys
from enterprises.names.search import SHOWN, Found, find
from enterprises.names.tables import NameKeyRow
from enterprises.profiles import Profile
from enterprises.source_text import BadText
from enterprises.statements import Statement
from enterprises.tables import EnterpriseRow, record

DAY = date(2024, 6, 30)
HENGTAI = "延安市宝塔区恒泰机械制造有限公司"


def code_of(number: int, place: str = "610602") -> str:
    return complete(f"91{place}MAHQ{number:05d}")


def tell(session: Session, names: Mapping[str, str | None], day: date = DAY) -> None:
    """Record names by credit code."""
    told = [Statement(Profile(code, name), Source.REGISTER, day, "测试") for code, name in names.items()]
    record(session, told, bundled())


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


def store(session: Session, *names: str) -> None:
    tell(session, {code_of(number): name for number, name in enumerate(names)})


def found(session: Session, text: str) -> list[str]:
    return [each.name or "" for each in find(session, text).enterprises]


# ------------------------------------------------------------------ what people type


@pytest.mark.parametrize(
    "typed",
    [
        HENGTAI,
        "延安市宝塔区恒泰",
        "恒泰机械制造有限公司",
        "恒泰",
        "恒泰机械",
        "宝塔区恒泰",
        "延安恒泰",
        "陕西恒泰机械",
        "延安 恒泰",
        "恒泰　延安",
        "恒泰 机械",
        "机械制造 恒泰",
        "恒泰公司",
        "机械制造",
        "恆泰機械",
        "延安市宝塔区恒泰机械制造有限公司。",
        "hengtai",
        "HengTai JiXie",
        "héng tài",
        "ｈｅｎｇｔａｉ",
        "hengtai'jixie",
        "yanan hengtai",
        "yananhengtai",
        "yananshibaotaquhengtai",
        "htjx",
        "HTJX",
        "yasbtqhtjx",
        "恒泰 jixie",
        "延安 市 宝塔 区 恒泰 机械 制造 有限 公司",
    ],
)
def test_it_is_found(session: Session, typed: str) -> None:
    store(session, HENGTAI, "渭南市临渭区鑫源商贸有限公司", "宝塔区老王记面馆")
    assert found(session, typed) == [HENGTAI]


@pytest.mark.parametrize(
    "typed",
    [
        "恒太机械",
        "横泰",
        "恒泰机械厂",
        "恒泰 渭南",
        "延安 市 宝塔 区 恒泰 机械 制造 厂",
        "hengtei",
        "泰机",
        "engtai",
        "htjc",
        "泰_械",
        "泰%械",
        "泰*械",
    ],
)
def test_slips_and_other_enterprises_are_not_taken_for_it(session: Session, typed: str) -> None:
    store(session, HENGTAI)
    assert find(session, typed) == Found()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("重庆长乐重型机械厂", ["chongqing", "changle", "zhangle", "changle zhongxing", "clzx"]),
        ("西安市政工程有限公司", ["xian shizheng", "xianshizheng", "xi'an", "市政", "szgc"]),
        ("秦都区音乐之家琴行", ["qindu yinyue", "yinyue", "qinduqu"]),
        ("长安银行股份有限公司", ["changan yinhang", "cayh", "changanyinhang"]),
        ("榆林绿源铝业有限公司", ["lvyuan", "luyuan", "luyuan lvye", "lyly"]),
        ("恒泰（延安）机械有限公司", ["恒泰机械", "恒泰延安", "恒泰(延安)机械", "延安机械"]),
        ("陕西延长石油（集团）有限责任公司", ["延长石油", "陕西石油", "yanchang shiyou", "石油 集团"]),
        ("ABC科技（陕西）有限公司", ["abc", "ABC科技", "ａｂｃ科技", "abckeji", "abckj"]),
        ("西安5G智联信息技术有限公司", ["5G智联", "智联", "5gzhilian"]),
        ("杨凌示范区金谷农业专业合作社", ["金谷", "杨凌金谷", "jingu"]),
        ("示例·宝塔区机械制造有限公司", ["宝塔区机械", "机械制造", "baotaqu jixie", "示例 机械"]),
        ("乾县恒泰面粉厂", ["乾縣恆泰", "qianxian hengtai", "面粉"]),
    ],
)
def test_readings_places_and_other_letters(session: Session, name: str, typed: Sequence[str]) -> None:
    store(session, name, "宝鸡市金台区鑫达玻璃制品店")
    assert {each: found(session, each) for each in typed} == {each: [name] for each in typed}


def test_the_order_is_exact_then_whole_name_then_core_then_a_later_word(session: Session) -> None:
    names = ["恒泰", "恒泰商贸有限公司", "恒泰物流有限公司", "延安市恒泰机械有限公司", "陕西华山恒泰药业有限公司"]
    store(session, *reversed(names))
    assert found(session, "恒泰") == names
    assert found(session, "hengtai")[0] == "恒泰"


def test_a_place_may_be_meant_that_only_the_credit_code_names(session: Session) -> None:
    tell(session, {code_of(1): "恒泰机械有限公司", code_of(2, "610502"): "恒泰物流有限公司"})
    assert found(session, "延安恒泰") == ["恒泰机械有限公司"]
    assert found(session, "渭南 恒泰") == ["恒泰物流有限公司"]


@pytest.mark.parametrize("others", [-1, 0, 1])
def test_at_most_so_many_are_found(session: Session, others: int) -> None:
    names = [f"恒泰第{number:03d}分店" for number in range(SHOWN + others)]
    store(session, *names)
    assert found(session, "恒泰") == names[:SHOWN]
    assert find(session, "恒泰").more is (others > 0)
    assert found(session, "恒泰第003分店") == ["恒泰第003分店"]


def test_several_names_that_are_the_same_are_all_found(session: Session) -> None:
    store(session, "恒泰面馆", "恒泰面馆")
    assert found(session, "恒泰面馆") == ["恒泰面馆"] * 2


def test_longer_names_than_keys_are_told_apart(session: Session) -> None:
    chain = "中国石油天然气股份有限公司陕西延安销售分公司第"
    store(session, *(f"{chain}{number}加油站" for number in "一二三"))
    assert len(key := next(iter(keys(chain)))) <= LONGEST, key
    assert found(session, f"{chain}二加油站") == [f"{chain}二加油站"]
    spelled = "".join(lazy_pinyin(f"{chain}二加油站"))
    assert found(session, spelled) == [f"{chain}二加油站"]


@pytest.mark.parametrize(
    "name", ["恒" * 5000, "恒泰" + "有限公司" * 2000 + "店x", "恒泰机械" * 1000, "(" * 5000, "延安" * 3000]
)
def test_no_name_has_more_than_a_handful_of_keys(name: str) -> None:
    assert len(keys(name)) < 120
    assert max(map(len, keys(name)), default=0) <= LONGEST


# ------------------------------------------------------------------ credit codes


@pytest.mark.parametrize("write", [str, str.lower, lambda code: f" {code[:6]} {code[6:12]}-{code[12:]}　"])
def test_a_credit_code_is_found_however_it_is_written(session: Session, write: type[str]) -> None:
    store(session, HENGTAI)
    assert found(session, write(code_of(0))) == [HENGTAI]


def test_a_code_without_a_name_is_answered_like_one_that_is_not_stored(session: Session) -> None:
    tell(session, {code_of(1): None})
    assert find(session, code_of(1)) == find(session, code_of(2)) == Found()


@pytest.mark.parametrize("length", [6, 7, 8, 12, 17])
def test_a_part_of_a_code_is_no_question(session: Session, length: int) -> None:
    store(session, HENGTAI)
    with pytest.raises(BadText, match=f"应为 18 位，写了 {length} 位"):
        find(session, code_of(0)[:length])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (code_of(0)[:17] + ("0" if code_of(0)[17] != "0" else "1"), "校验码不符"),
        (code_of(0)[:4] + "O" + code_of(0)[5:], "第5位“O”有误"),
        (code_of(0) + "1", "写了 19 位"),
    ],
)
def test_a_wrong_code_says_what_is_wrong(session: Session, typed: str, said: str) -> None:
    with pytest.raises(BadText, match=said):
        find(session, typed)


# ------------------------------------------------------------------ what is no question


@pytest.mark.parametrize("typed", ["", " ", "恒", "ht", "恒a", "1", "%_", "🏭🏭🏭", "\x00\x1b", "--", "'", "()", "٪"])
def test_too_little_is_no_question(session: Session, typed: str) -> None:
    with pytest.raises(BadText, match="太短了"):
        find(session, typed)


@pytest.mark.parametrize("typed", ["恒泰", "hta", "a恒泰", "123"])
def test_a_little_more_is_one(session: Session, typed: str) -> None:
    assert find(session, typed) == Found()


def test_too_much_is_none(session: Session) -> None:
    assert find(session, "恒" * LONGEST_NAME) == Found()
    with pytest.raises(BadText, match="太长了"):
        find(session, "恒" * (LONGEST_NAME + 1))


@given(typed=st.text(max_size=LONGEST_NAME))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_breaks_it(filled: Session, typed: str) -> None:
    try:
        result = find(filled, typed)
    except BadText:
        return
    assert len(result.enterprises) <= SHOWN


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Session]:
    engine = connect(f"sqlite:///{tmp_path / 'names.db'}")
    migrate(engine)
    with writing(engine) as session:
        store(session, HENGTAI, "陕西延长石油（集团）有限责任公司", "5G_%科技'; DROP TABLE enterprises")
        yield session
    engine.dispose()


# ------------------------------------------------------------------ whatever is stored

PLACES = ["", "延安", "延安市宝塔区", "陕西", "西安市长安区", "示例·宝塔"]
BRANDS = ["恒泰", "长乐", "鑫源", "老王记", "重华", "福瑞祥", "嘉禾", "绿洲", "银行街", "都城", "ABC"]
TRADES = ["机械制造", "商贸", "绿色食品加工", "苹果种植", "信息技术", "建筑工程", "面"]
FORMS = ["有限公司", "有限责任公司", "股份有限公司", "厂", "农民专业合作社", "馆", "（集团）有限公司"]
NAMES = st.builds("{}{}{}{}".format, *map(st.sampled_from, (PLACES, BRANDS, TRADES, FORMS)))


@given(names=st.lists(NAMES, min_size=1, max_size=6, unique=True), data=st.data())
@settings(max_examples=25)
def test_every_stored_name_is_found_by_all_its_beginnings(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(names))))
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('names') / 'names.db'}")
    migrate(engine)
    with writing(engine) as session:
        for number in order:
            tell(session, {code_of(number): names[number]})
        missed = [(name, typed) for name in names for typed in _beginnings(name) if name not in found(session, typed)]
    engine.dispose()
    assert missed == []


def _beginnings(name: str) -> Iterator[str]:
    """What one may type of a name: from its beginning, after its place, from each word, and how these sound."""
    from rjieba import cut

    core = next(name.removeprefix(place) for place in sorted(PLACES, key=len, reverse=True) if name.startswith(place))
    whole, short = ("".join(filter(str.isalnum, text)) for text in (name, core))
    yield name
    for text in (whole, short, *_from_words(short, cut(short))):
        yield from (text[:size] for size in range(2, len(text) + 1) if not text[:size].isascii() or size > 2)
    for text in (whole, short):
        syllables = lazy_pinyin(text)
        yield from ("".join(syllables), " ".join(syllables), " ".join(syllables[:3]))
        yield "".join(each if each.isupper() else each[0] for each in syllables)


def _from_words(text: str, words: Sequence[str]) -> Iterator[str]:
    """A text from each word of several characters after the first, as far as its legal form."""
    for count in range(1, len(words)):
        rest = "".join(words[count:])
        if rest.startswith(("有限", "股份", "集团", "农民")):
            return
        if len(words[count]) > 1:
            yield rest


# ------------------------------------------------------------------ staying true


def all_keys(session: Session) -> set[tuple[int, bytes]]:
    return {(row.enterprise_id, row.key) for row in session.exec(select(NameKeyRow))}


def expected_keys(session: Session) -> set[tuple[int, bytes]]:
    stored = session.exec(select(EnterpriseRow.id, EnterpriseRow.name))
    return {(number, key) for number, name in stored if name for key in keys(name)}


def test_renaming_leaves_no_old_keys(engine: Engine) -> None:
    with writing(engine) as session:
        tell(session, {code_of(0): "延安恒泰机械有限公司", code_of(1): "延安恒泰商贸有限公司", code_of(2): None})
    with writing(engine) as session:
        tell(session, {code_of(0): "延安鑫源机械有限公司", code_of(2): "延安恒泰面馆"}, date(2024, 7, 1))
    with reading(engine) as session:
        assert found(session, "恒泰") == ["延安恒泰面馆", "延安恒泰商贸有限公司"]
        assert found(session, "鑫源") == ["延安鑫源机械有限公司"]
        assert all_keys(session) == expected_keys(session)


def test_deleting_an_enterprise_deletes_its_keys(engine: Engine) -> None:
    with writing(engine) as session:
        store(session, HENGTAI, "恒泰面馆")
    with writing(engine) as session:
        session.exec(delete(EnterpriseRow).where(col(EnterpriseRow.credit_code) == code_of(0)))
    with reading(engine) as session:
        assert found(session, "恒泰") == ["恒泰面馆"]
        assert all_keys(session) == expected_keys(session)


def test_what_is_rolled_back_is_not_found(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="interrupted"), writing(engine) as session:
        store(session, HENGTAI)
        raise RuntimeError("interrupted")
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(NameKeyRow)) == 0


def test_who_was_stored_before_is_found_after_the_upgrade(engine: Engine) -> None:
    with writing(engine) as session:
        store(session, HENGTAI, "5G智联", "…")
        before = all_keys(session)
        tell(session, {code_of(9): None})
    with changing_schema(engine) as connection:
        command.downgrade(alembic_config(connection), "0006")
    migrate(engine)
    with reading(engine) as session:
        assert all_keys(session) == before
        assert found(session, "恒泰") == [HENGTAI]


def test_nothing_heavy_is_loaded_before_a_name_is_looked_at() -> None:
    program = (
        "import sys; import enterprises.names.search, enterprises.names.public; "
        "sys.exit(', '.join({'rjieba', 'pypinyin', 'opencc', 'numpy'} & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
