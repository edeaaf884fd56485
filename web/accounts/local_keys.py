"""The key with which the local provider signs: made of the application's own, the same in every worker."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (SEC 2, 2.4.2)."""


@lru_cache(maxsize=4)
def signing_key(secret_key: str) -> ECKey:
    """The P-256 key that HKDF (RFC 5869) makes of ``secret_key``."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from joserfc.jwk import ECKey

    derived = HKDF(hashes.SHA256(), length=48, salt=None, info=b"huiqi local provider").derive(secret_key.encode())
    number = int.from_bytes(derived) % (_ORDER - 1) + 1
    private = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = ECKey.import_key(private, {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    return key
