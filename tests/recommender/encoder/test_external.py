"""Models of sentence-transformers: the built-in folder is one, and any other can be named by the setting."""

import builtins
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

from recommender.encoder.encoder import MODEL_FOLDER, BadModel, Encoder, load_encoder

_TEXTS = ["厂里要换一批新设备，能补多少钱", "补贴政策", "", "😀", "補貼 ABC", "a\0b", "技改" * 5_000]
_SAME = 1e-5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that sentence-transformers itself wrote."""
    path = tmp_path_factory.mktemp("model") / "tiny"
    vocabulary = {"[UNK]": 0, **{character: row for row, character in enumerate("企业补贴设备政策", 1)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    weights = np.random.default_rng(0).normal(size=(len(vocabulary), 8)).astype(np.float32)
    weights[0] = 0
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(str(path))
    return path


def test_the_built_in_folder_is_a_model_of_sentence_transformers(encoder: Encoder) -> None:
    model = SentenceTransformer(str(MODEL_FOLDER), device="cpu", trust_remote_code=True)
    assert model.get_embedding_dimension() == encoder.dimension
    np.testing.assert_allclose(model.encode(_TEXTS), encoder.encode(_TEXTS), atol=_SAME)


def test_what_sentence_transformers_saves_again_gives_the_same_vectors(tmp_path: Path, encoder: Encoder) -> None:
    SentenceTransformer(str(MODEL_FOLDER), device="cpu", trust_remote_code=True).save(str(tmp_path / "again"))
    again = SentenceTransformer(str(tmp_path / "again"), device="cpu", trust_remote_code=True)
    np.testing.assert_allclose(again.encode(_TEXTS), encoder.encode(_TEXTS), atol=_SAME)


def test_a_folder_is_loaded_by_the_setting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_ENCODER", str(folder))
    other = load_encoder()
    vectors = other.encode(["企业补贴", "企业政策", "无关"])
    assert (other.name, other.dimension) == (str(folder), 8)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0], abs=_SAME)
    assert other.encode([]).shape == (0, 8)


def test_its_digest_follows_its_content(folder: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "copy"))
    digest = load_encoder(str(folder)).digest
    assert load_encoder(str(copied)).digest == digest
    (copied / "README.md").write_text("other", "utf-8")
    assert load_encoder(str(copied)).digest != digest


def test_a_damaged_folder_is_named(folder: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(folder, tmp_path / "copy"))
    weights = next(copied.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(BadModel, match="copy 载入失败") as raised:
        load_encoder(str(copied))
    assert "HUIQI_ENCODER" in raised.value.remedy


@pytest.fixture
def nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever imports sentence-transformers here, fails."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)


@pytest.mark.usefixtures("nothing_heavy")
def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="没有模型"):
        load_encoder(str(tmp_path))


@pytest.mark.usefixtures("nothing_heavy")
def test_a_file_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"")
    with pytest.raises(BadModel, match="是一个文件"):
        load_encoder(str(path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadModel, match="是一个文件"):
        load_encoder("model.bin")


@pytest.mark.parametrize("setting", ["builtin ", "Builtin", " BUILTIN\n", " "])
def test_the_built_in_one_may_be_written_loosely(
    setting: str, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIQI_ENCODER", setting)
    found = load_encoder()
    assert (found.name, found.digest) == ("builtin", encoder.digest)


@pytest.mark.usefixtures("nothing_heavy")
@pytest.mark.parametrize(
    "setting",
    ["/nowhere/at/all", "./nowhere", "~/nowhere-at-all", "~nobody-here/model", "nowhere", "a/b/c", "内置", ".", ".."],
)
def test_a_folder_that_is_not_there_is_said_so(setting: str) -> None:
    with pytest.raises(BadModel, match=r"不存在|没有模型"):
        load_encoder(setting)


def test_a_name_on_a_hub_is_not_fetched_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(BadModel, match="HF_HUB_OFFLINE"):
        load_encoder("nobody/nothing-of-this-name")


def test_without_sentence_transformers_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("sentence_transformers"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(BadModel, match="没有安装") as raised:
        load_encoder(str(folder))
    assert "huiqi[models]" in raised.value.remedy
