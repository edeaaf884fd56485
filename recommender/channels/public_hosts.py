"""Requests that only go to public hosts: not to this machine, nor to a network that only it can reach.

What counts is the address that a connection was really made to, before anything is sent: a name may lead elsewhere the
second time it is looked up.
"""

from __future__ import annotations

import socket
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError


class PrivateHost(NewConnectionError):
    """The host is this machine, or in a private network."""


def is_public(address: str) -> bool:
    """Whether an address (IPv4 or IPv6, with or without a scope) can be reached from anywhere."""
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return found.is_global and not found.is_multicast


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(self, super()._new_conn())


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(self, super()._new_conn())


def _checked(connection: HTTPConnection, made: socket.socket) -> socket.socket:
    if not is_public(made.getpeername()[0]):
        made.close()
        raise PrivateHost(connection, "not a public host")
    return made


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class PublicHosts(HTTPAdapter):
    """Refuses private hosts with a ``requests.ConnectionError`` whose reason is a ``PrivateHost``."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def session(private: bool, connections: int) -> Session:
    """A session of requests that heeds no settings of its surroundings (proxies, passwords in files), keeps no cookies
    and tries nothing twice; several threads may share it. ``private``: private hosts are meant; ``connections``:
    so many are kept.
    """
    made = Session()
    made.trust_env = False
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_maxsize=connections) if private else PublicHosts(pool_maxsize=connections)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made
