"""Sealing what must not be readable in the database or a copy of it: names of persons, bank accounts, attachments.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec), with several keys, so that they can be changed:
the first one closes, all of them open.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = Path("var/data-keys")
"""Where the key of an installation on one machine is kept where none is named; relative to the working directory."""


class BadKeys(ValueError):
    """The keys cannot be used; the message says in Chinese why, and holds no key."""


class CannotOpen(RuntimeError):
    """Something was sealed with a key that is not among ours, or was altered."""


class Seal:
    """Closes and opens texts and bytes. ``keys`` as ``new_key`` makes them, the one that closes first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)

    def __repr__(self) -> str:
        return f"Seal({len(self._keys)} keys)"

    def close(self, text: str) -> str:
        """``text``, sealed."""
        return self.close_bytes(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text that was sealed. Raises ``CannotOpen``."""
        return self.open_bytes(sealed.encode("ascii")).decode()

    def close_bytes(self, content: bytes) -> bytes:
        """``content``, sealed; a third longer and 73 bytes more."""
        return self._fernet.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """The bytes that were sealed. Raises ``CannotOpen``."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise CannotOpen("密文打不开：密钥不对，或内容被改动过。请检查 HUIQI_DATA_KEYS") from None

    @cached_property
    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        try:
            return MultiFernet([Fernet(key) for key in self._keys])
        except ValueError:
            raise BadKeys("数据密钥的格式不对。请用 huiqi keys new 生成") from None


def new_key() -> str:
    """A new key: 32 random bytes in URL-safe base64, as Fernet writes them."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")


def keys_of(environment: Mapping[str, str] = os.environ, file: Path = KEY_FILE) -> tuple[str, ...]:
    """The keys in ``HUIQI_DATA_KEYS`` (parted by commas), else those in ``file``, which is made where there is none.

    Raises ``BadKeys``, also where the file can be neither read nor made.
    """
    named = [key.strip() for key in environment.get("HUIQI_DATA_KEYS", "").split(",") if key.strip()]
    if named:
        return _checked(named)
    try:
        return _checked(file.read_text(encoding="ascii").split() if file.exists() else [_make(file)])
    except OSError as error:
        remedy = "请设置 HUIQI_DATA_KEYS（用 huiqi keys new 生成），或让程序能在那里建立文件"
        raise BadKeys(f"数据密钥的文件“{file}”用不了：{error.strerror}。{remedy}") from None


def _checked(keys: Sequence[str]) -> tuple[str, ...]:
    if not keys:
        raise BadKeys(f"数据密钥的文件“{KEY_FILE}”是空的。删去它会生成新的密钥，但从前加密的内容就再也打不开")
    Seal(keys).close("")
    return tuple(keys)


def _make(file: Path) -> str:
    """A key in a new file that only its owner can read; the one of whoever was there first."""
    key = new_key()
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
            opened.write(key + "\n")
    except FileExistsError:
        return file.read_text(encoding="ascii").split()[0]
    return key
