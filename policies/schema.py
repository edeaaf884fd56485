"""The published JSON Schemas (draft 2020-12) of items, documents and profiles, for editors and other programs.

They are generated from the same tables that the readers use and from the fact dictionary, so that an operator or a fact
that is added here appears there. A schema knows names, shapes, options and units; what compares two places of a file (a
page and its document, a window and a validity, thresholds and their order, an id and its file) only the readers check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from enterprises.dictionary import UNKNOWN_WORDS, Dictionary, Fact, Kind, RecordKind, Source, bundled
from policies.benefit_text import READERS
from policies.benefits import Bound, Pay
from policies.items import (
    DOCUMENT_FIELDS,
    DOCUMENT_OPTIONS,
    ITEM_FIELDS,
    ITEM_OPTIONS,
    VERDICTS,
    Category,
    Delivery,
    Level,
    Status,
    WindowState,
    tellable,
)
from policies.rule_text import COMBINERS, FORMS, fitting_operators
from policies.rules import Operator, RelativeYear
from policies.stacking import Reach, StackingObject, StackingOperator

Schema = dict[str, Any]

FOLDER = Path(str(files("policies") / "schema"))
"""Where the published schemas are."""

_DIGITS = r"[0-9０-９,，]+([.．][0-9０-９]+)?"
_MONEY = rf"\s*{_DIGITS}\s*(元|千元|万元?|百万元|亿元?)\s*"

_SHARED: Mapping[str, Schema] = {
    "text": {"type": ["string", "number", "boolean"], "pattern": r"\S"},
    "day": {"type": "string", "pattern": r"^\s*\d{4}(-\d{1,2}-\d{1,2}|年\d{1,2}月\d{1,2}日)\s*$"},
    "whole": {"type": ["string", "integer"], "pattern": r"^\d{1,9}$", "minimum": 1},
    "year": {"type": ["string", "integer"], "pattern": rf"^({'|'.join(RelativeYear)}|\d{{4}})$"},
    "region": {"type": ["string", "integer"], "pattern": r"^[1-9]\d{5}$"},
    "industry": {"type": ["string", "integer"], "pattern": r"^([A-T]|[A-T]?\d{2,4})$"},
    "amount": {"type": "string", "pattern": rf"^{_MONEY}$"},
    "ratio": {"type": "string", "pattern": rf"^\s*[-－]?{_DIGITS}\s*[%％‰]\s*$"},
    "flag": {"enum": [True, False, "true", "false", "是", "否", "有", "无", "没有"]},
    "unknown": {"enum": [None, *sorted(UNKNOWN_WORDS)]},
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_TEXT, _DAY, _WHOLE, _YEAR, _REGION = (_ref(name) for name in ("text", "day", "whole", "year", "region"))
_AMOUNT, _RATIO, _FLAG = (_ref(name) for name in ("amount", "ratio", "flag"))
_RECORD_SCOPE = "{}.{}"


def schemas(dictionary: Dictionary | None = None) -> dict[str, Schema]:
    """The schemas by name: ``item``, ``document``, ``profile``; of the bundled dictionary unless another is given."""
    dictionary = dictionary or bundled()
    return {
        "item": _root(
            "政策事项", _item(dictionary), {**_rules(dictionary), **_benefits(dictionary), **_facts(dictionary)}
        ),
        "document": _root("政策文件", _document(), {}),
        "profile": _root("企业画像", _profile(), _facts(dictionary)),
    }


def write(folder: Path = FOLDER) -> None:
    """Write the schemas of the bundled dictionary to ``<name>.schema.json`` in a folder."""
    folder.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (folder / f"{name}.schema.json").write_text(text(schema), encoding="utf-8")


def text(schema: Schema) -> str:
    """A schema as it is published."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


# -------------------------------------------------------------------- files


def _document() -> Schema:
    left_out = _mapping({"clause": _TEXT, "page": _WHOLE, "what": _TEXT, "why": _TEXT})
    return _of_fields(
        DOCUMENT_FIELDS,
        DOCUMENT_OPTIONS,
        {
            "issuers": _list(_TEXT),
            "level": _one_of(Level),
            "region": _REGION,
            "published_on": _DAY,
            "effective_from": _DAY,
            "valid_until": _DAY,
            "pages": _list(_WHOLE, least=2, most=2),
            "left_out": _list(left_out, least=0),
        },
    )


def _item(dictionary: Dictionary) -> Schema:
    return _of_fields(
        ITEM_FIELDS,
        ITEM_OPTIONS,
        {
            "version": _WHOLE,
            "status": _one_of(Status),
            "category": _one_of(Category),
            "delivery": _one_of(Delivery),
            "page": _WHOLE,
            "departments": _list(_TEXT),
            "window": _mapping({}, {"opens": _DAY, "closes": _DAY}),
            "who": _ref("rule"),
            "benefit": _ref("benefit"),
            "stacking": _list(_stacking(), least=0),
            "needs_confirmation": _FLAG,
            "materials": _list(_TEXT, least=0),
            "steps": _list(_TEXT, least=0),
            "examples": _examples(dictionary),
        },
    )


def _examples(dictionary: Dictionary) -> Schema:
    amount = {"anyOf": [_AMOUNT, _list({"anyOf": [_AMOUNT, {"type": "null"}]}, least=2, most=2)]}
    expect = _mapping(
        {"verdict": _one_of(VERDICTS)},
        {"amount": amount, "missing": _list(_one_of(tellable(dictionary)), least=0), "window": _one_of(WindowState)},
    )
    example = _mapping({"given": _ref("facts"), "on": _DAY, "expect": expect}, {"name": _TEXT})

    def holds(verdict: str) -> Schema:
        return {"contains": {"properties": {"expect": {"properties": {"verdict": {"const": verdict}}}}}}

    return {**_list(example, least=3), "allOf": [holds(verdict) for verdict in VERDICTS]}


def _stacking() -> Schema:
    plain = _mapping(
        {"operator": _one_of(StackingOperator), "object": _one_of(StackingObject)},
        {
            "reach": _one_of(reach for reach in Reach if reach is not Reach.ITEMS),
            "items": _list(_TEXT),
            "every": {"type": "string", "pattern": r"^(ever|0?[1-9]年|[1-9]\d年)$"},
            "note": _TEXT,
            "alike": _FLAG,
        },
    )
    once = {"properties": {"operator": {"const": StackingOperator.ONCE}}}
    every = {"required": ["every"]}
    return {
        **plain,
        "oneOf": [{"required": ["reach"]}, {"required": ["items"]}],
        "if": once,
        "then": every,
        "else": _not(every),
    }


def _profile() -> Schema:
    code = {"type": "string", "pattern": r"^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$"}
    return _mapping({"facts": _ref("facts")}, {"credit_code": code, "name": _TEXT, "sample": _TEXT})


# -------------------------------------------------------------------- rules


def _rules(dictionary: Dictionary) -> dict[str, Schema]:
    """One definition of a rule on the enterprise, and one on each record kind."""
    definitions = {"rule": _rule(dictionary.facts, "rule", dictionary.records)}
    for name, kind in dictionary.records.items():
        scope = _RECORD_SCOPE.format("rule", name)
        definitions[scope] = _rule(kind.fields, scope, {})
    return definitions


def _rule(facts: Mapping[str, Fact], scope: str, records: Mapping[str, RecordKind]) -> Schema:
    """Exactly one condition or combiner; a condition may have its ``cite`` beside it."""
    parts = _list(_ref(scope))
    combined: dict[str, Schema] = {
        "all": parts,
        "any": parts,
        "not": _ref(scope),
        "some": _mapping({"at_least": _WHOLE, "of": parts}),
        "any_record": _one_shape(_any_record(name) for name in records),
    }
    conditions = {name: _condition(fact) for name, fact in facts.items() if fitting_operators(fact)}
    return {
        "type": "object",
        "properties": {
            **{name: combined[name] for name in COMBINERS},
            **conditions,
            "cite": _mapping({"clause": _TEXT, "page": _WHOLE}),
        },
        "additionalProperties": False,
        "minProperties": 1,
        "if": {"required": ["cite"]},
        "then": {"minProperties": 2, "maxProperties": 2, "properties": {name: {"not": {}} for name in COMBINERS}},
        "else": {"maxProperties": 1},
    }


def _any_record(kind: str) -> Schema:
    where = _ref(_RECORD_SCOPE.format("rule", kind))
    return _mapping({"of": {"const": kind}, "where": where}, {"at_least": _WHOLE})


def _condition(fact: Fact) -> Schema:
    operators = fitting_operators(fact)
    year = {"year": _YEAR} if fact.yearly else {}
    return {
        "title": fact.label,
        "type": "object",
        "properties": {**{operator.value: _operand(fact, operator) for operator in operators}, **year},
        "additionalProperties": False,
        "oneOf": [{"required": [operator.value]} for operator in operators],
    }


def _operand(fact: Fact, operator: Operator) -> Schema:
    value = _RATIO if operator is Operator.GREW_BY else _value(fact)
    several = {**_list(value), "uniqueItems": True}
    match FORMS[operator].shape:
        case "one":
            return value
        case "pair":
            return _list(value, least=2, most=2)
        case "one or list":
            return {"anyOf": [value, several]}
        case _:
            return several


def _value(fact: Fact) -> Schema:
    """One value of a fact, or one option of a set."""
    match fact.kind:
        case Kind.MONEY:
            return _AMOUNT if fact.low is not None else {"type": "string", "pattern": rf"^[-－]?{_MONEY}$"}
        case Kind.COUNT:
            return {
                "type": ["string", "integer"],
                "pattern": rf"^\s*[0-9０-９,，]+\s*({fact.unit or ''})?\s*$",
                "minimum": 0,
            }
        case Kind.RATIO:
            return _RATIO
        case Kind.DATE:
            return _DAY
        case Kind.ENUM | Kind.SET:
            return _one_of(fact.values)
        case Kind.FLAG:
            return _FLAG
        case Kind.REGION:
            return _REGION
        case Kind.INDUSTRY:
            return _ref("industry")
        case Kind.TEXT:
            return _TEXT


# ----------------------------------------------------------------- benefits


def _benefits(dictionary: Dictionary) -> dict[str, Schema]:
    """A benefit, alone or for each record of a kind; and, for either scope, the kinds that there are."""
    scopes = {"benefit.kinds": _kinds(dictionary.facts, "benefit")}
    each: list[Schema] = []
    for name, kind in dictionary.records.items():
        kinds, part = _RECORD_SCOPE.format("benefit.kinds", name), _RECORD_SCOPE.format("benefit", name)
        scopes[kinds] = _kinds(kind.fields, part)
        scopes[part] = {"type": "object", **_ref(kinds), "unevaluatedProperties": False}
        each.append({"properties": {"for_each": {"const": name}}, "required": ["for_each"], **_ref(kinds)})
    plain = {"properties": {"for_each": {"not": {}}}, **_ref("benefit.kinds")}
    return {**scopes, "benefit": {"type": "object", "oneOf": [plain, *each], "unevaluatedProperties": False}}


def _kinds(facts: Mapping[str, Fact], scope: str) -> Schema:
    """Exactly one kind of benefit with its own fields; ``scope``: what the parts of several are.

    Two kinds at once match twice, or leave the second unevaluated: both are refused.
    """
    own = _own_values(facts, scope)
    variants = []
    for kind, reader in READERS.items():
        value = own[kind]
        beside = {name: _beside(facts, kind, name) for name in (*reader.required, *reader.optional)}
        required = [kind, *reader.required]
        variants.append({"properties": {kind: value, **beside}, "required": required})
    return {"oneOf": variants}


def _own_values(facts: Mapping[str, Fact], scope: str) -> dict[str, Schema]:
    """What stands right behind the name of each kind."""
    parts = _list(_ref(scope), least=2)
    slices = {
        "type": "object",
        "additionalProperties": _RATIO,
        "propertyNames": {"pattern": rf"^({_MONEY}|以上)$"},
    }
    return {
        "fixed": _AMOUNT,
        "rate": _RATIO,
        "tiers": _tiers(facts),
        "cases": _one_shape(_cases(name, fact, scope) for name, fact in facts.items() if fact.kind is Kind.ENUM),
        "brackets": _mapping(
            {"on": _named(facts, Kind.MONEY), "rates": {**slices, "minProperties": 1}}, {"year": _YEAR}
        ),
        "per": _TEXT,
        "years": _list(_AMOUNT),
        "range": _list(_AMOUNT, least=2, most=2),
        **dict.fromkeys(("waived", "service", "right", "priority", "faster", "set_elsewhere"), _TEXT),
        "all": parts,
        "highest_of": parts,
    }


def _beside(facts: Mapping[str, Fact], kind: str, name: str) -> Schema:
    """What stands in a field beside the kind."""
    if name == "of":
        return _named(facts, Kind.MONEY if kind == "rate" else Kind.COUNT)
    fixed: dict[str, Schema] = {"year": _YEAR, "within": _TEXT, "by": _TEXT}
    if name in (Bound.AT_MOST, Bound.AT_LEAST):
        return {"enum": [True, "true", "是"]}
    return fixed.get(name, _AMOUNT)


def _tiers(facts: Mapping[str, Fact]) -> Schema:
    numbers = {name: fact for name, fact in facts.items() if fact.kind.is_number}
    steps = {"type": "object", "additionalProperties": _AMOUNT, "minProperties": 1}
    comparisons = (Operator.AT_LEAST, Operator.MORE_THAN, Operator.FIRST_REACHES)
    return {
        **_mapping(
            {"on": _named(numbers)},
            {"year": _YEAR, "pay": _one_of(Pay), **{comparison.value: steps for comparison in comparisons}},
        ),
        "oneOf": [{"required": [comparison.value]} for comparison in comparisons],
    }


def _cases(name: str, fact: Fact, scope: str) -> Schema:
    values = {"type": "object", "propertyNames": _one_of(fact.values), "minProperties": 1}
    amounts = {"additionalProperties": {"anyOf": [_AMOUNT, _ref(scope)]}}
    return _mapping({"on": {"const": name}, "values": {**values, **amounts}}, {"year": _YEAR})


def _named(facts: Mapping[str, Fact], *kinds: Kind) -> Schema:
    names = [name for name, fact in facts.items() if not kinds or fact.kind in kinds]
    return _one_of(names) if names else {"not": {}}


# ----------------------------------------------------------------- profiles


def _facts(dictionary: Dictionary) -> dict[str, Schema]:
    """What is known of an enterprise: facts, yearly figures, records; and the shape of one value with its source."""
    declared = {name: fact for name, fact in dictionary.facts.items() if fact.formula is None}
    known = {name: _yearly(fact) if fact.yearly else _known(fact) for name, fact in declared.items()}
    records = {name: _records(kind) for name, kind in dictionary.records.items()}
    seen = {
        "seen": {
            "type": "object",
            "properties": {"value": {}, "source": _one_of(Source), "observed_on": _DAY},
            "required": ["value"],
            "additionalProperties": False,
        }
    }
    facts = {"type": "object", "properties": {**known, **records}, "additionalProperties": False}
    return {"facts": facts, **seen}


def _known(fact: Fact) -> Schema:
    """A value, a value with its source and day, or unknown."""
    value = _list(_value(fact), least=0) if fact.kind is Kind.SET else _value(fact)
    seen = {**_ref("seen"), "properties": {"value": value}}
    return {"title": fact.label, "anyOf": [value, seen, _ref("unknown")]}


def _yearly(fact: Fact) -> Schema:
    figures = {"type": "object", "patternProperties": {r"^((19|20)\d{2}|before(_(19|20)\d{2})?)$": _known(fact)}}
    return {"title": fact.label, "anyOf": [{**figures, "additionalProperties": False}, _ref("unknown")]}


def _records(kind: RecordKind) -> Schema:
    fields = {name: _known(fact) for name, fact in kind.fields.items()}
    record = {"type": "object", "properties": fields, "additionalProperties": False}
    return {"title": kind.label, "anyOf": [_list(record, least=0), _ref("unknown")]}


# ------------------------------------------------------------------- shapes


def _root(title: str, schema: Schema, definitions: dict[str, Schema]) -> Schema:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return {**head, **schema, "$defs": {**definitions, **_SHARED}}


def _of_fields(required: Iterable[str], optional: Iterable[str], special: Mapping[str, Schema]) -> Schema:
    """A mapping of fields that are texts, but for the ``special`` ones."""
    return _mapping(
        {name: special.get(name, _TEXT) for name in required}, {name: special.get(name, _TEXT) for name in optional}
    )


def _mapping(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """A mapping with these fields and no others; optional ones may be null."""
    nullable = {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in (optional or {}).items()}
    schema: Schema = {"type": "object", "properties": {**required, **nullable}, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _list(of: Schema, least: int = 1, most: int | None = None) -> Schema:
    schema: Schema = {"type": "array", "items": of}
    return {**schema, **({"minItems": least} if least else {}), **({"maxItems": most} if most is not None else {})}


def _one_of(options: Iterable[str]) -> Schema:
    return {"enum": [str(option) for option in options]}


def _one_shape(shapes: Iterable[Schema]) -> Schema:
    """One of these; nothing at all where there are none."""
    listed = list(shapes)
    return {"oneOf": listed} if listed else {"not": {}}


def _not(schema: Schema) -> Schema:
    return {"not": schema}
