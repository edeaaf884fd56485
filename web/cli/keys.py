"""``huiqi keys``: the keys that seal personal data."""

from __future__ import annotations

import click

from web.commands import Command, Group


@click.group(cls=Group)
def keys() -> None:
    """数据密钥：姓名、银行账号、附件在数据库里用它加密。"""


@keys.command(cls=Command)
def new() -> None:
    """生成一把新密钥，放进 HUIQI_DATA_KEYS。

    换密钥时把新的写在最前面，旧的留在后面，用逗号隔开：新的用来加密，每一把都能解密。
    """
    from enterprises.sealing import new_key

    click.echo(new_key())
