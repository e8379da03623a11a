"""TypeScript types from the protocol's JSON Schema."""

import json
from typing import Any

Schema = dict[str, Any]


def render(schema: Schema) -> str:
    """The text of `protocol.ts`.

    Args:
        schema: as `schema.protocol_schema` makes it.
    """
    parts = [
        f"// {schema['$comment']}",
        "/** Protocol versions that the daemon of this build speaks, for `initialize`. */\n"
        f"export const PROTOCOL = {_constant(schema['protocol'])} as const;",
        "/** `error.code` of an answer. */\n"
        f"export const ErrorCode = {_constant(schema['errors'])} as const;",
        *(_definition(name, body) for name, body in schema["$defs"].items()),
        "/** Every request: what it takes and what it answers. */\n"
        + _map("Methods", schema["methods"], ("params", "result")),
        "/** What the daemon sends without being asked. */\n"
        + _map("Notifications", schema["notifications"], ("params",)),
    ]
    return "\n\n".join(parts) + "\n"


def _definition(name: str, body: Schema) -> str:
    head = _comment(body.get("description"), "")
    if body.get("type") != "object":
        return f"{head}export type {name} = {type_of(body)};"
    if not body.get("properties"):
        return f"{head}export type {name} = Record<string, never>;"
    lines = [f"{head}export interface {name} {{"]
    required = body.get("required", [])
    for field, part in body["properties"].items():
        mark = "" if field in required else "?"
        default = part.get("default")
        said = part.get("description", "")
        if mark and default is not None:
            said = f"{said} Default: `{json.dumps(default)}`.".strip()
        lines.append(f"{_comment(said, '  ')}  {field}{mark}: {type_of(part)};")
    return "\n".join([*lines, "}"])


def type_of(part: Schema) -> str:  # noqa: PLR0911 - one per kind of schema
    """The TypeScript type of one schema."""
    match part:
        case {"$ref": str(place)}:
            return place.rpartition("/")[2]
        case {"anyOf": list(choices)} | {"oneOf": list(choices)}:
            return " | ".join(type_of(choice) for choice in choices)
        case {"const": value}:
            return json.dumps(value)
        case {"enum": list(values)}:
            return " | ".join(json.dumps(value) for value in values)
        case {"prefixItems": list(items)}:
            return f"[{', '.join(type_of(item) for item in items)}]"
        case {"type": "array", "items": dict(items)}:
            inner = type_of(items)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"Record<string, {type_of(values)}>"
        case {"type": "integer"}:
            return "number"
        case {"type": "number" | "string" | "boolean" | "null" as name}:
            return str(name)
        case _:
            raise TypeError(f"no TypeScript for {part}")


def _comment(text: str | None, indent: str) -> str:
    if not text:
        return ""
    lines = text.replace("*/", "*\u200b/").split("\n")
    if len(lines) == 1:
        return f"{indent}/** {text} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def _constant(values: dict[str, int]) -> str:
    return "{\n" + "".join(f"  {name}: {value},\n" for name, value in values.items()) + "}"


def _map(name: str, entries: Schema, fields: tuple[str, ...]) -> str:
    lines = [f"export interface {name} {{"]
    for key, entry in entries.items():
        inner = "; ".join(f"{field}: {type_of(entry[field])}" for field in fields)
        lines.append(f"  {json.dumps(key)}: {{ {inner} }};")
    return "\n".join([*lines, "}"])
