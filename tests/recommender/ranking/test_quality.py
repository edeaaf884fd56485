"""How good the ranking is, on the lists that were judged by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from enterprises.dictionary import bundled
from enterprises.profiles import read_profile
from enterprises.samples import samples
from enterprises.source_text import Problem, from_plain, read_yaml
from policies.library import Library, bundled_library
from recommender.explanation import explain
from recommender.ranking.order import Ranker
from recommender.ranking.quality import hand_judged_lists, judged_profiles, measure, read_judged
from recommender.ranking.relevance import Relevance, profile_texts
from tests.recommender.ranking.made_up import with_values

LIBRARY = bundled_library()


def test_the_judged_lists_name_five_offers_each() -> None:
    profiles = judged_profiles()
    assert len(profiles) == 12
    assert len({profile.profile.credit_code for profile in profiles}) == 12
    for each in profiles:
        offered = {one.item.id for one in Ranker().offers(explain(LIBRARY, each.profile, each.on))}
        assert set(each.grades) <= offered
        assert len(each.grades) == 5
        assert set(each.grades.values()) <= {1, 2, 3, 4}
        assert 4 in each.grades.values()


def test_the_stated_weights_beat_the_order_by_worth_alone_and_that_beats_chance() -> None:
    found = measure(LIBRARY, Ranker())
    assert found.version == "stated-1"
    assert found.judged is not None
    assert found.judged.lists == 12
    assert found.judged.ranking > found.judged.worth > found.judged.random + 0.3
    assert found.feedback is None
    assert found.lacking == ("反馈：没有连接数据库",)


def test_a_measure_that_could_not_tell_good_weights_from_bad_would_be_none() -> None:
    upside_down = Ranker(with_values(kind=0.0, amount=0.0, certainty=0.0, ease=1.0, deadline=0.0))
    good, bad = (measure(LIBRARY, ranker).judged for ranker in (Ranker(), upside_down))
    assert good is not None
    assert bad is not None
    assert bad.ranking < good.ranking - 0.2
    assert (bad.worth, bad.random) == (good.worth, good.random)


def test_another_library_has_none_of_the_judged_items() -> None:
    assert hand_judged_lists(Library({}, {}, bundled()), Ranker()) == []
    found = measure(Library({}, {}, bundled()), Ranker())
    assert found.judged is None
    assert len(found.lacking) == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("on: 2024-06-30\nlists:\n- {sample: x, why: 因, grades: {a: 1}}", 3, "没有示例企业"),
        ("on: 2024-06-30\nlists:\n- {sample: 91610602MAHQ0001X1, why: 因, grades: {a: 5}}", 3, "超出范围"),
        ("on: 去年\nlists: []", 1, "不是日期"),
    ],
)
def test_a_mistake_in_a_judged_list_is_named(text: str, line: int, words: str) -> None:
    with pytest.raises(Problem, match=words) as raised:
        read_judged(read_yaml(text, "judged.yaml"))
    assert raised.value.line == line


# ---------------------------------------------------------------- relevance


class ByCharacter:
    """An encoder whose vectors are which of a few characters a text has."""

    name, digest, dimension = "test", "0123456789abcdef", 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = np.array([[character in text for character in "融招展专"] for text in texts], dtype=np.float32)
        unit: NDArray[np.float32] = rows / np.maximum(1, np.linalg.norm(rows, axis=1, keepdims=True))
        return unit


def near(facts: Mapping[str, object], *names: str) -> Mapping[str, float]:
    profile = read_profile(from_plain({"facts": facts}, "test"), bundled())
    return Relevance(ByCharacter()).of(profile, [LIBRARY.items[name] for name in names])


FINANCE, HIRING = "yanan-2023-private-economy.24a", "yanan-2023-private-economy.26b"


def test_the_nearest_of_what_an_enterprise_wants_counts() -> None:
    both = near({"matters": ["融资", "招聘用工"]}, FINANCE, HIRING)
    one = near({"matters": ["融资"]}, FINANCE, HIRING)
    assert both[FINANCE] == one[FINANCE] > 0
    assert both[HIRING] > one[HIRING] == 0


def test_of_whom_nothing_is_known_nothing_is_relevant() -> None:
    assert near({"employees": 9}, FINANCE, HIRING) == {FINANCE: 0.0, HIRING: 0.0}


def test_items_are_encoded_once() -> None:
    encoder = ByCharacter()
    relevance = Relevance(encoder)
    ranker = Ranker(relevance=relevance)
    assert ranker.basis.code == "stated-1 encoder:01234567"
    explanation = explain(LIBRARY, samples()[0], judged_profiles()[0].on)
    first = ranker.order(explanation)
    asked = len(encoder.asked)
    assert ranker.order(explanation) == first
    assert len(encoder.asked) - asked == len(profile_texts(samples()[0]))


def test_the_texts_of_a_profile_say_what_it_is_about_and_not_who_it_is() -> None:
    texts = profile_texts(samples()[0])
    assert {"融资", "招聘用工", "科技型中小企业", "技术改造数控加工线技术改造"} <= set(texts)
    said = "".join(texts)
    assert str(samples()[0].name) not in said
    assert str(samples()[0].credit_code) not in said
