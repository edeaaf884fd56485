"""Any other model, through sentence-transformers: a folder, or a name on a hub where the network allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.encoder.encoder import SETTING, BadModel, folder_of
from recommender.encoder.manifest import digest_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_OTHER = f"请改正环境变量 {SETTING}，或去掉它以使用内置模型"
_STARTS = ("modules.json", "config.json")
"""What sentence-transformers looks for in a folder."""

_OTHER_FORMATS = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot"]
"""The same weights again, for other libraries."""


@dataclass(frozen=True, slots=True)
class External:
    """A model of sentence-transformers."""

    name: str
    digest: str
    dimension: int
    model: SentenceTransformer

    @classmethod
    def load(cls, setting: str) -> External:
        """The model in the folder or under the hub's name ``setting``. Raises ``BadModel``. No network is asked for a
        folder, nor for a name where ``HF_HUB_OFFLINE`` is set."""
        local = _local(setting)  # first, for the library takes seconds to import
        library = _library(setting)
        folder = local or _fetched(setting)
        try:
            model = library(str(folder), device="cpu", local_files_only=True)
        except Exception as error:  # the library promises no kinds: a damaged file alone raises three
            raise BadModel(f"语义模型 {setting} 载入失败：{_first_line(error)}", _OTHER) from error
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise BadModel(f"语义模型 {setting} 没有说明向量的维数", _OTHER)
        return cls(setting, digest_of(folder, _parts(folder)), dimension, model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Encoder``."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors = self.model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.nan_to_num(np.asarray(vectors, np.float32))


def _library(setting: str) -> type[SentenceTransformer]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        remedy = f"请先安装：pip install 'huiqi[models]'；或去掉环境变量 {SETTING} 以使用内置模型"
        raise BadModel(f"语义模型 {setting} 需要 sentence-transformers，本机没有安装", remedy) from error
    return SentenceTransformer


def _local(setting: str) -> Path | None:
    """The folder of a model; ``None`` for what reads as a name on a hub: 名/名, and nothing here is called so."""
    folder = folder_of(setting)
    if folder.is_dir():
        if not any((folder / part).is_file() for part in _STARTS):
            raise BadModel(f"语义模型的文件夹 {setting} 里没有模型（缺 {' 或 '.join(_STARTS)}）", _OTHER)
        return folder
    if folder.exists():
        raise BadModel(f"语义模型 {setting} 是一个文件，不是文件夹", _OTHER)
    if folder.is_absolute() or setting.startswith((".", "~")) or setting.count("/") != 1:
        raise BadModel(f"语义模型的文件夹 {setting} 不存在", _OTHER)
    return None


def _fetched(name: str) -> Path:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, ignore_patterns=_OTHER_FORMATS))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        offline = "（环境变量 HF_HUB_OFFLINE 要求不联网）" if constants.HF_HUB_OFFLINE else ""
        remedy = f"请先在能联网的机器上下载，把模型文件夹的路径写进环境变量 {SETTING}；或去掉它以使用内置模型"
        raise BadModel(f"语义模型 {name} 取不到{offline}：{_first_line(error)}", remedy) from error


def _parts(folder: Path) -> list[str]:
    inside = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path.as_posix() for path in inside if not any(part.startswith(".") for part in path.parts)]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
