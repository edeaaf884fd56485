"""Serving the pages."""

from __future__ import annotations

import socket
from errno import EADDRINUSE
from functools import partial
from threading import Thread

import click
from flask import Flask

from enterprises.calendar import format_day
from web.app import create_app
from web.pages import items, lookup, search
from web.settings import Settings


def run(host: str, port: int, sample: bool, workers: int = 1) -> None:
    """Serve until interrupted, with so many processes.

    Raises ``click.ClickException`` where a setting is wrong or the port is taken.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    try:
        settings = Settings.from_environment(sample)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    must_be_free(host, port)
    click.echo(greeting(settings, host, port))
    # Visits are not logged. Searches may wait for the index when the server has just started: there are threads enough
    # that nothing else waits for them.
    server = Granian(
        "huiqi",
        host,
        port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(_application, settings), wrap_loader=False)


def _application(settings: Settings) -> Flask:
    """The application, with what takes a while being prepared beside the first visits."""
    app = create_app(settings)
    Thread(target=_prepare, args=(app,), name="preparing", daemon=True).start()
    return app


def _prepare(app: Flask) -> None:
    """The search index, how names are spelled, and which items are alike."""
    search.prepare(app)
    lookup.prepare()
    items.prepare(app)


def must_be_free(host: str, port: int) -> None:
    """Raises ``click.ClickException`` where nobody can listen. Two servers may share a port, and would in silence."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == EADDRINUSE:
            message = f"端口 {port} 已被占用，可能已经有一个服务在运行。请先停止它，或用 --port 换一个端口。"
            raise click.ClickException(message) from None
        raise click.ClickException(f"不能在 {host} 的端口 {port} 上提供服务：{error.strerror}。") from None


def greeting(settings: Settings, host: str, port: int) -> str:
    """Where the pages are, and, of a sample set-up, what to expect."""
    shown = f"[{host}]" if ":" in host else host
    lines = [f"惠企网页服务：http://{shown}:{port}/    按 Ctrl+C 停止。"]
    if settings.sample:
        day = format_day(settings.day())
        lines.append(f"这是示例环境：企业都是虚构的，页面按 {day} 判断（示例政策文件当时有效），不是今天。")
    return "\n".join(lines)
