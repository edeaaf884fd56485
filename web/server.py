"""Serving the pages."""

from __future__ import annotations

from functools import partial

import click

from enterprises.calendar import format_day
from web.app import create_app
from web.settings import Settings


def run(host: str, port: int, sample: bool) -> None:
    """Serve until interrupted. Raises ``click.ClickException`` where a setting is wrong."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    try:
        settings = Settings.from_environment(sample)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(greeting(settings, host, port))
    # One process, since the limit on posts is counted in memory. Visits are not logged.
    server = Granian("huiqi", host, port, interface=Interfaces.WSGI, blocking_threads=2, log_level=LogLevels.warning)
    server.serve(target_loader=partial(create_app, settings), wrap_loader=False)


def greeting(settings: Settings, host: str, port: int) -> str:
    """Where the pages are, and, of a sample set-up, what to expect."""
    shown = f"[{host}]" if ":" in host else host
    lines = [f"惠企网页服务：http://{shown}:{port}/    按 Ctrl+C 停止。"]
    if settings.sample:
        day = format_day(settings.day())
        lines.append(f"这是示例环境：企业都是虚构的，页面按 {day} 判断（示例政策文件当时有效），不是今天。")
    return "\n".join(lines)
