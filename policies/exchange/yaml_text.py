"""Plain data as YAML in the way that the library's files are written; ``enterprises.source_text`` reads it back."""

from __future__ import annotations

from typing import Any

import yaml

_WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """All scalars are texts, so only what would be taken for nothing needs quotes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 -- as PyYAML declares it

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> Any:
    # Some parsers end a line at these: escaped, they stay what they are.
    quoted = '"' if any(mark in text for mark in "\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quoted)


_Dumper.add_representer(str, _text)
for _first in ["~", "n", "N", ""]:
    _Dumper.yaml_implicit_resolvers[_first] = [
        entry
        for entry in yaml.SafeDumper.yaml_implicit_resolvers.get(_first, [])
        if entry[0] == "tag:yaml.org,2002:null"
    ]


def to_yaml(plain: Any) -> str:
    """YAML of plain data: texts, ``None``, mappings and lists, in their order."""
    return str(
        yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=None)
    )
