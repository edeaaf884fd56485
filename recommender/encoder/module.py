"""The built-in model as a module of sentence-transformers, which its folder names in ``modules.json``."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from sentence_transformers.base.modules import InputModule

from recommender.encoder.builtin import TABLE, read_table
from recommender.encoder.features import CHARACTERS, VOCABULARY, Features


class Pieces(InputModule):
    """A text's vector is the sum of the rows of its features."""

    def __init__(self, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.folder = folder
        self.features = Features.read(folder)
        self.embedding = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(read_table(folder)), mode="sum")

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """The rows of all texts one after another, and where each text begins."""
        rows = [self.features.rows((prompt or "") + text) for text in inputs]
        offsets = torch.tensor([0, *map(len, rows)]).cumsum(0)[:-1]
        return {"input_ids": torch.tensor([row for text in rows for row in text], dtype=torch.long), "offsets": offsets}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add ``sentence_embedding``, a row a text."""
        features["sentence_embedding"] = self.embedding(features["input_ids"], features["offsets"])
        return features

    def get_embedding_dimension(self) -> int:
        """How long a vector is."""
        return int(self.embedding.embedding_dim)

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Copy the files; this module is trained elsewhere."""
        for name in (VOCABULARY, CHARACTERS, TABLE):
            shutil.copyfile(self.folder / name, Path(output_path) / name)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", *args: Any, **kwargs: Any) -> Self:
        """The module whose files are in a folder of this machine."""
        return cls(Path(model_name_or_path) / subfolder)
