"""What is measured is named by digests, and another library than the bundled one can be measured too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from policies.library import Library, bundled_library
from recommender.quality import encoder_figures
from recommender.quality.evaluation import Subject, evaluate, library_digest
from recommender.quality.item_pairs import FILE, read_pairs
from recommender.quality.question_set import ASKED_ON
from recommender.quality.report import in_chinese
from recommender.quality.sections import sections
from tests.made_up_encoder import CharacterPairs

DAY = date(2024, 6, 30)
ONE = "yanan-2023-private-economy.33"


def library_of(item_ids: Sequence[str]) -> Library:
    library = bundled_library()
    items = {item_id: library.items[item_id] for item_id in item_ids}
    return Library({each.document.id: each.document for each in items.values()}, items, library.dictionary)


def test_another_library_is_measured_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = encoder_figures.EncoderFigures("character-pairs", "0" * 64, 512, None, 0.1, 1000.0)
    monkeypatch.setattr(encoder_figures, "measure", lambda *_: figures)
    library = library_of([item_id for item_id in bundled_library().items if item_id != ONE])
    told: list[str] = []
    subject = Subject(library, CharacterPairs(), None)
    found = evaluate(subject, on=DAY, questions=[], questions_on=ASKED_ON, sets=None, progress=told.append)
    assert (found.documents, found.items, found.on) == (len(library.documents), len(library.published), DAY)
    assert found.retrieval == {}
    assert found.pairs is not None
    assert found.pairs.judged == len([pair for pair in read_pairs(FILE) if ONE not in pair])
    assert {"检索", "排序", "相似事项"} <= set(told)
    few = Subject(library_of([ONE]), CharacterPairs(), None)
    lone = evaluate(few, on=DAY, questions=[], questions_on=ASKED_ON, sets=None)
    assert lone.pairs is None
    assert any("随程序安装的政策库" in remark for each in sections(lone) for remark in in_chinese(each)[2])


def test_the_digest_of_a_library_changes_with_any_item() -> None:
    library = library_of([ONE])
    changed = replace(library.items[ONE], source={**library.items[ONE].source, "summary": "另一句"})
    other = Library(library.documents, {ONE: changed}, library.dictionary)
    assert library_digest(library) == library_digest(library_of([ONE]))
    assert library_digest(library) != library_digest(other)
    assert library_digest(library) != library_digest(library_of([ONE, "yanan-2023-private-economy.15"]))


def test_speed_is_measured_on_as_many_texts_as_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []

    class Counting(CharacterPairs):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            encoded.append(len(texts))
            return super().encode(texts)

    monkeypatch.setattr(encoder_figures, "TEXTS", 1500)
    monkeypatch.setattr(encoder_figures, "_load_seconds", lambda _: 0.5)
    found = encoder_figures.measure(Counting(), 10, ["一", "二"])
    assert encoded == [500] * 4  # the first batch warms up
    assert found.texts_per_second > 0
    assert (found.load_seconds, found.size) == (0.5, 10)
    with pytest.raises(ValueError, match="no texts"):
        encoder_figures.measure(Counting(), 10, [])
