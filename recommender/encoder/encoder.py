"""What an encoder is, and the one that the setting names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from enterprises.source_text import BadText

BUILTIN = "builtin"
SETTING = "HUIQI_ENCODER"
MANIFEST = "manifest.json"
MODEL_FOLDER = Path(__file__).with_name("model")


class BadModel(BadText):
    """A model that cannot be used: what is wrong, and the remedy (both in Chinese)."""


class Encoder(Protocol):
    """Texts to vectors. The similarity of two texts is the dot product of their vectors.

    ``name`` is what the setting said, ``digest`` the SHA-256 (hex) over the files of the model: other weights have
    another digest, so that vectors kept from an earlier model are told apart.
    """

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row a text, ``(len(texts), dimension)``: of length 1, or all 0 for a text that shows no known feature."""
        ...


def load_encoder(setting: str | None = None) -> Encoder:
    """The encoder that ``setting`` names: ``builtin``, a folder, or a name on a hub.

    By default it is what ``HUIQI_ENCODER`` says, else the built-in one. A folder that our own training wrote is read as
    the built-in one is.

    Raises ``BadModel`` where it is missing, damaged, or needs what is not installed.
    """
    setting = (os.environ.get(SETTING, "") if setting is None else setting).strip() or BUILTIN
    setting = BUILTIN if setting.lower() == BUILTIN else setting
    folder = MODEL_FOLDER if setting == BUILTIN else folder_of(setting)
    if setting == BUILTIN or (folder / MANIFEST).is_file():
        from recommender.encoder.builtin import Builtin

        return Builtin.read(folder, setting)
    from recommender.encoder.external import External

    return External.load(setting)


def folder_of(setting: str) -> Path:
    """Where a setting points, were it a folder. The home of somebody unknown is left as it was written."""
    try:
        return Path(setting).expanduser()
    except RuntimeError:  # ~nobody
        return Path(setting)
