"""Which files make a model, and whether they are whole: ``manifest.json`` holds the SHA-256 of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from enterprises.whole_files import file_digest, write_whole
from recommender.encoder.encoder import MANIFEST, BadModel

CARD = "README.md"
"""The model card explains the model and is no part of it: a better word there makes no vector another."""

_AGAIN = "请重新安装本程序，或用 python -m recommender.encoder.training 重新训练"


def digest_of(folder: Path, names: list[str]) -> str:
    """One SHA-256 (hex) over the files ``names`` of ``folder``, their names included."""
    return _digest({name: file_digest(folder / name) for name in sorted(names)})


def write_manifest(folder: Path) -> None:
    """Take down the SHA-256 of every file in ``folder`` but the card and the manifest itself."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name not in {MANIFEST, CARD})
    said = {"files": {name: file_digest(folder / name) for name in names}}
    text = json.dumps(said, indent=2, sort_keys=True) + "\n"
    write_whole(folder / MANIFEST, lambda draft: draft.write_text(text, "utf-8"))


def checked_digest(folder: Path, needed: Iterable[str]) -> str:
    """The digest of the model in ``folder``, whose manifest must list the files ``needed``.

    Raises ``BadModel`` that names the file which is missing or not as it was written.
    """
    files = _read(folder / MANIFEST)
    if not files.keys() >= set(needed):
        raise BadModel(f"语义模型的清单 {folder / MANIFEST} 已损坏：所列文件不全", _AGAIN)
    for name, expected in files.items():
        try:
            found = file_digest(folder / name)
        except OSError as error:
            raise BadModel(f"语义模型的文件 {folder / name} 读不出来（{error.strerror}）", _AGAIN) from error
        if found != expected:
            raise BadModel(f"语义模型的文件 {folder / name} 已损坏：内容与清单 {MANIFEST} 不符", _AGAIN)
    return _digest(files)


def _read(path: Path) -> dict[str, str]:
    try:
        files = json.loads(path.read_text("utf-8"))["files"]
    except OSError as error:
        raise BadModel(f"语义模型的清单 {path} 读不出来（{error.strerror}）", _AGAIN) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadModel(f"语义模型的清单 {path} 已损坏", _AGAIN) from error
    if not isinstance(files, dict) or not files:
        raise BadModel(f"语义模型的清单 {path} 已损坏", _AGAIN)
    return {str(name): str(expected) for name, expected in files.items()}


def _digest(files: dict[str, str]) -> str:
    lines = "".join(f"{name} {files[name]}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()
