"""An index on disk: generations beside each other, one of which counts.

A generation is written into a folder of its own and becomes the current one by the renaming of one small file, so that
whoever reads sees the old one or the new one, whole, whenever the process or the machine stops.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from enterprises.whole_files import file_digest, write_whole

CURRENT = "current.json"
"""The file that names the current generation and holds the SHA-256 of its files."""

KEPT = 10 * 60
"""Seconds for which a generation stays that is not current: somebody may still be writing it, or reading it."""


class DamagedIndex(ValueError):
    """Files of an index that are missing or not what was written; the message is in Chinese and names the file."""


class NoIndex(ValueError):
    """There is no index yet; the message is in Chinese."""


def write_generation(
    folder: Path, about: Mapping[str, object], writers: Mapping[str, Callable[[Path], object]]
) -> None:
    """Write a generation of the files that ``writers`` write, say ``about`` it, and make it the current one."""
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / f"generation-{secrets.token_hex(8)}"
    home.mkdir()
    for name, write in writers.items():
        write_whole(home / name, write)
    files = {name: file_digest(home / name) for name in writers}
    current = json.dumps({**about, "generation": home.name, "files": files}, ensure_ascii=False, indent=1)
    # Written where nobody else writes, for others may be making a generation at this moment; the last one counts.
    write_whole(home / CURRENT, lambda draft: draft.write_text(current, encoding="utf-8"))
    _sync(home)
    (home / CURRENT).replace(folder / CURRENT)
    _sync(folder)
    _sweep(folder, home)


def read_current(folder: Path) -> dict[str, object]:
    """What was said about the current generation. Raises ``NoIndex`` and ``DamagedIndex``."""
    path = folder / CURRENT
    try:
        about = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise NoIndex(f"{folder} 里还没有检索索引。请运行 huiqi index build 建立") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedIndex(f"检索索引的 {path} 读不出来（{error}）。{_REMEDY}") from None
    if not (isinstance(about, dict) and isinstance(about.get("files"), dict)):
        raise DamagedIndex(f"检索索引的 {path} 内容不全。{_REMEDY}")
    return about


def read_files(folder: Path, about: Mapping[str, object]) -> dict[str, Path]:
    """The files of the generation that ``read_current`` told ``about``, each checked. Raises ``DamagedIndex``."""
    files: dict[str, str] = about["files"]  # type: ignore[assignment]
    home = folder / str(about.get("generation"))
    for name, digest in files.items():
        try:
            found = file_digest(home / name)
        except FileNotFoundError:
            raise DamagedIndex(f"检索索引缺少文件 {home / name}。{_REMEDY}") from None
        except OSError as error:
            raise DamagedIndex(f"检索索引的文件 {home / name} 读不出来（{error.strerror}）。{_REMEDY}") from None
        if found != digest:
            raise DamagedIndex(f"检索索引的文件 {home / name} 已损坏或被改动。{_REMEDY}")
    return {name: home / name for name in files}


_REMEDY = "请运行 huiqi index build 重建"


def _sync(folder: Path) -> None:
    """See to it that the names in ``folder`` are on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path, current: Path) -> None:
    """Remove generations that were replaced, or left by a process that was killed, some time ago."""
    for home in folder.glob("generation-*"):
        if home != current and time.time() - home.stat().st_mtime > KEPT:
            shutil.rmtree(home, ignore_errors=True)
