"""The built-in encoder: what it gives for any text, and what it says when its files are not as they were written."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.encoder.builtin import TABLE
from recommender.encoder.encoder import MANIFEST, MODEL_FOLDER, BadModel, Encoder, load_encoder
from recommender.encoder.features import CHARACTERS, VOCABULARY
from recommender.encoder.manifest import CARD, write_manifest

_MOST_BYTES = 16_000_000
_SAME = 1e-5
_TEXTS = [
    "厂里要换一批新设备，能补多少钱",
    "工业企业技术改造项目奖励",
    "",
    "😀🎉",
    "……！？",
    "補貼政策適用於中小企業",
    "How much money is there in 2023?",
    "a\0b\x1b",
    "'; DROP TABLE 政策; --",
    "\ud800 半个字符",
    "ＡＢＣ１２３ｋｗ项目",
    "技改" * 5_000,
]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL_FOLDER, tmp_path / "model"))


def similarity(encoder: Encoder, first: str, second: str) -> float:
    one, other = encoder.encode([first, second])
    return float(one @ other)


def test_the_folder_is_within_its_bounds() -> None:
    assert sum(path.stat().st_size for path in MODEL_FOLDER.rglob("*") if path.is_file()) <= _MOST_BYTES


def test_a_row_a_text_of_length_one_or_nothing(encoder: Encoder) -> None:
    vectors = encoder.encode(_TEXTS)
    assert vectors.shape == (len(_TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    nothing = [text for text, length in zip(_TEXTS, lengths, strict=True) if length == 0]
    assert nothing == ["", "😀🎉", "……！？"]
    assert lengths[lengths > 0] == pytest.approx(1, abs=_SAME)


def test_no_texts_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


@given(texts=st.lists(st.text(max_size=30), max_size=5))
def test_any_text_has_a_vector(encoder: Encoder, texts: list[str]) -> None:
    lengths = np.linalg.norm(encoder.encode(texts), axis=1)
    assert np.all((np.abs(lengths - 1) < _SAME) | (lengths == 0))


@given(chosen=st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=40))
def test_a_text_has_one_vector_whatever_stands_beside_it(encoder: Encoder, chosen: list[str]) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in chosen])
    np.testing.assert_allclose(encoder.encode(chosen), alone, atol=_SAME)


def test_ways_of_writing_make_no_difference(encoder: Encoder) -> None:
    assert similarity(encoder, "中小企業設備補貼", "中小企业设备补贴") == pytest.approx(1, abs=_SAME)
    assert similarity(encoder, "ＩＳＯ９００１认证", "iso9001认证") == pytest.approx(1, abs=_SAME)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("厂里要换一批新设备，能补多少钱", "工业企业技术改造设备投资补助", "个体工商户登记全程网办"),
        ("招了应届大学生有没有补贴", "吸纳高校毕业生就业补贴", "知识产权质押融资贴息"),
        ("怎么申请专利快一点", "专利优先审查和快速授权", "餐饮服务食品安全量化分级"),
    ],
)
def test_a_question_is_nearer_to_what_it_asks_for(encoder: Encoder, question: str, right: str, wrong: str) -> None:
    assert similarity(encoder, question, right) > similarity(encoder, question, wrong) + 0.05


def test_reading_and_encoding_need_no_torch() -> None:
    code = (
        "import sys; from recommender.encoder.encoder import load_encoder; load_encoder('builtin').encode(['补贴']); "
        "print(sorted({'torch', 'sentence_transformers', 'transformers', 'sklearn', 'faiss'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_setting_chooses(monkeypatch: pytest.MonkeyPatch, copied: Path, encoder: Encoder) -> None:
    monkeypatch.setenv("HUIQI_ENCODER", str(copied))
    assert load_encoder().name == str(copied)
    monkeypatch.setenv("HUIQI_ENCODER", "")
    assert load_encoder().name == "builtin"
    assert load_encoder().digest == encoder.digest


def test_a_copy_has_the_same_digest_and_vectors(copied: Path, encoder: Encoder) -> None:
    other = load_encoder(str(copied))
    assert other.digest == encoder.digest
    np.testing.assert_array_equal(other.encode(_TEXTS), encoder.encode(_TEXTS))


def test_other_weights_have_another_digest(copied: Path, encoder: Encoder) -> None:
    table = bytearray((copied / TABLE).read_bytes())
    table[-1] ^= 1
    (copied / TABLE).write_bytes(table)
    write_manifest(copied)
    assert load_encoder(str(copied)).digest != encoder.digest


def test_the_card_is_no_part_of_the_model(copied: Path, encoder: Encoder) -> None:
    (copied / CARD).write_text("better words", "utf-8")
    assert load_encoder(str(copied)).digest == encoder.digest


@pytest.mark.parametrize("name", [TABLE, VOCABULARY, CHARACTERS])
@pytest.mark.parametrize("harm", ["flipped", "truncated", "empty", "gone"])
def test_a_damaged_file_is_named_with_the_remedy(copied: Path, name: str, harm: str) -> None:
    path = copied / name
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"flipped": flipped, "truncated": content[:-1], "empty": b""}[harm])
    with pytest.raises(BadModel, match=name) as raised:
        load_encoder(str(copied))
    assert "重新安装" in raised.value.remedy


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {}}', '{"files": 1}', '{"files": {"../x": "0"}}'])
def test_a_damaged_manifest_is_named(copied: Path, text: str) -> None:
    (copied / MANIFEST).write_text(text, "utf-8")
    with pytest.raises(BadModel, match=MANIFEST):
        load_encoder(str(copied))


def test_a_manifest_that_forgets_a_file_is_damaged(copied: Path) -> None:
    said = json.loads((copied / MANIFEST).read_text("utf-8"))
    del said["files"][TABLE]
    (copied / MANIFEST).write_text(json.dumps(said), "utf-8")
    with pytest.raises(BadModel, match=MANIFEST):
        load_encoder(str(copied))
