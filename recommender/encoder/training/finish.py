"""The model folder: the vocabulary, the table with a byte a number, what sentence-transformers needs, the manifest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.encoder.builtin import TABLE
from recommender.encoder.features import CHARACTERS, VOCABULARY, Features
from recommender.encoder.manifest import write_manifest

_MODULES = (
    ("", "recommender.encoder.module.Pieces"),
    ("1_Normalize", "sentence_transformers.sentence_transformer.modules.Normalize"),
)
_SETTINGS: dict[str, object] = {
    "model_type": "SentenceTransformer",
    "similarity_fn_name": "cosine",
    "prompts": {},
    "default_prompt_name": None,
}


def write_model(folder: Path, known: Features, table: NDArray[np.float32]) -> None:
    """Write the model, and the manifest last. The card, which a person writes, stays as it is."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = in_bytes(table)
    (folder / TABLE).write_bytes(save({"rows": rows, "scales": scales}))
    _write(folder / VOCABULARY, "\n".join(known.vocabulary))
    traditional = "".join(map(chr, known.simplified))
    _write(folder / CHARACTERS, f"{traditional}\n{''.join(known.simplified.values())}")
    modules = [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(_MODULES)]
    _write(folder / "modules.json", json.dumps(modules, indent=2))
    _write(folder / "config_sentence_transformers.json", json.dumps(_SETTINGS, indent=2))
    write_manifest(folder)


def in_bytes(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Each row as whole numbers from -127 to 127 and a scale."""
    scales = np.maximum(np.abs(table).max(axis=1) / 127, 1e-7).astype(np.float16)
    rows = np.rint(table / scales.astype(np.float32)[:, None]).clip(-127, 127).astype(np.int8)
    return rows, scales


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", "utf-8", newline="\n")
