"""What the web application is told at its start; everything comes from here, nothing from the environment later."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from enterprises.calendar import Clock, system_clock, today
from enterprises.samples import SAMPLE_DAY
from enterprises.sealing import Seal, keys_of, new_key
from recommender.channels.configured import ChannelSettings, settings_of
from web.accounts.provider_settings import ProviderSettings, provider_of
from web.folders import files_folder, index_folder


@dataclass(frozen=True)
class Settings:
    """``database_url`` as ``enterprises.database.connect`` takes it. ``sample``: a set-up with made-up enterprises.

    ``secret_key`` signs the session cookie that guards forms against forgery; where none is given it is random, so that
    forms opened before a restart have to be sent again. ``posts``: how many forms one address may send; ``lookups``:
    how many times it may look enterprises up; ``limits``: where they are counted: in memory each process counts for
    itself, ``redis://…`` counts for all. ``hosts``: the names that the site answers to; without any it answers to
    every name, also to a false one, which would then stand in links that are passed on. ``https``: cookies only travel
    encrypted. ``proxies``: how many trusted proxies stand in front and name the address of the visitor. ``index``: the
    folder of the search index; ``None`` keeps it in memory. ``files``: the folder of what officials' work rests on and
    leaves behind: snapshots of all enterprises, batch runs, lists. ``data_keys``: what seals personal data in the
    database (``enterprises.sealing``); where none are given they are random. ``provider``: what proves who somebody is;
    without one nobody can sign in, but in a sample set-up, which has a small provider of its own. ``channels``: by what
    enterprises are reached (``recommender.channels.configured``).
    """

    database_url: str | None = None
    sample: bool = False
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    clock: Clock = system_clock
    posts: str = "60 per minute"
    lookups: str = "30 per minute"
    limits: str = "memory://"
    hosts: tuple[str, ...] = ()
    https: bool = False
    proxies: int = 0
    index: Path | None = None
    files: Path = Path("var/files")
    data_keys: tuple[str, ...] = field(default_factory=lambda: (new_key(),), repr=False)
    provider: ProviderSettings | None = None
    channels: ChannelSettings = field(default_factory=ChannelSettings)

    @classmethod
    def from_environment(cls, sample: bool, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings in ``DATABASE_URL``, ``HUIQI_SECRET_KEY``, ``HUIQI_HTTPS`` (1), ``HUIQI_PROXIES`` (a number),
        ``HUIQI_INDEX`` and ``HUIQI_FILES`` (folders), ``HUIQI_LIMITS`` (``redis://…``), ``HUIQI_HOSTS`` (names parted
        by commas), ``HUIQI_DATA_KEYS`` (keys parted by commas), ``HUIQI_OIDC_…`` (``web.accounts.provider_settings``)
        and what ``recommender.channels.configured`` reads.

        Raises ``ValueError`` with what is wrong, in Chinese.
        """
        proxies = environment.get("HUIQI_PROXIES", "0")
        if not (proxies.isascii() and proxies.isdigit()):
            raise ValueError(f"HUIQI_PROXIES 应是前置代理的个数，却是“{proxies}”")
        settings = cls(
            database_url=environment.get("DATABASE_URL"),
            sample=sample,
            https=environment.get("HUIQI_HTTPS") == "1",
            proxies=int(proxies),
            index=index_folder(environment),
            files=files_folder(environment),
            data_keys=keys_of(environment),
            provider=provider_of(environment, sample),
            channels=settings_of(environment),
            limits=environment.get("HUIQI_LIMITS") or "memory://",
            hosts=tuple(filter(None, map(str.strip, environment.get("HUIQI_HOSTS", "").split(",")))),
        )
        key = environment.get("HUIQI_SECRET_KEY")
        return replace(settings, secret_key=key) if key else settings

    def now(self) -> datetime:
        """The moment it is: of sign-ins, sessions and records of what was done, also in a sample set-up."""
        return self.clock()

    @cached_property
    def seal(self) -> Seal:
        """What seals personal data in the database."""
        return Seal(self.data_keys)

    def day(self) -> date:
        """The day that pages open on: today in Asia/Shanghai, or the day that the samples are made for."""
        return SAMPLE_DAY if self.sample else today(self.clock)
