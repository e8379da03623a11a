"""Write a number the way the person writes numbers: `2e-4` stays scientific, `0.0002` decimal."""

import json
import math
import re
from decimal import Decimal

from .setting import Value

# Longer decimals than this are hard to read; scientific notation takes over.
DECIMALS = 8

_SCIENTIFIC = re.compile(
    r"[+-]?(?P<mantissa>\d[\d_]*(\.\d*)?)(?P<e>[eE])(?P<sign>[+-]?)(?P<digits>\d+)"
)


def spell(value: Value, like: str = "", *, dialect: str = "python") -> str:
    """The literal of `value` in the style of the literal that it replaces.

    Args:
        like: the old literal; empty: there is none.
        dialect: `python`, `yaml`, `toml` or `json`.

    Returns:
        A literal that reads back as exactly `value`.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return _not_finite(value, dialect)
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return _number(value, like.strip(), dialect)
    if isinstance(value, dict):
        raise TypeError("a table has no one-line literal here")
    if dialect == "python":
        return _python(value, like)
    if value is None and dialect == "yaml":
        return "null"
    if isinstance(value, str) and dialect == "yaml" and re.fullmatch(r"[A-Za-z][\w./-]*", value):
        reserved = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
        quoted = like.startswith(("'", '"')) or value.lower() in reserved
        return json.dumps(value) if quoted else value
    return json.dumps(value, ensure_ascii=False)


def tidy(value: float) -> float:
    """Round to two significant digits: nobody writes a learning rate of 6.6667e-06."""
    return float(f"{value:.1e}")


def _python(value: Value, like: str) -> str:
    if isinstance(value, str):
        single = like.startswith("'") and not {"'", "\\"} & set(value)
        return repr(value) if single else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ", ".join(_python(item, "") for item in value) + "]"
    return repr(value)


def _number(value: float, like: str, dialect: str) -> str:
    if isinstance(value, int):
        return f"{value:_}" if "_" in like and dialect in {"python", "toml"} else str(value)
    if match := _SCIENTIFIC.fullmatch(like):
        return _scientific(value, match)
    decimal = _decimal(value)
    if like and decimal is not None:
        return decimal
    if abs(value) >= 1e-3 and decimal is not None:
        return decimal
    if value == 0:
        return "0.0"
    # PyYAML reads `2e-4` as a string: it wants a dot and a signed exponent.
    mantissa = "1.0e-0" if dialect == "yaml" else "1e-0"
    style = _SCIENTIFIC.fullmatch(mantissa)
    assert style is not None
    return _scientific(value, style)


def _decimal(value: float) -> str | None:
    text = format(Decimal(repr(value)), "f")
    if "." not in text:
        text += ".0"
    fraction = text.partition(".")[2]
    return text if len(fraction) <= DECIMALS and len(text) <= 2 * DECIMALS else None


def _scientific(value: float, style: re.Match[str]) -> str:
    """`2e-4`, `2.0e-04` or `2E-4`: mantissa, letter and width of the exponent as in `style`."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    power = exponent + len(digits) - 1 if value else 0
    rest = "".join(map(str, digits[1:]))
    mantissa = str(digits[0]) + (f".{rest}" if rest else "")
    if not rest and "." in style["mantissa"]:
        mantissa += ".0"
    mark = "-" if power < 0 else style["sign"].replace("-", "+" if "." in style["mantissa"] else "")
    width = len(style["digits"])
    return f"{'-' if sign else ''}{mantissa}{style['e']}{mark}{abs(power):0{width}d}"


def _not_finite(value: float, dialect: str) -> str:
    if dialect == "python":
        return f'float("{value}")'
    name = "nan" if math.isnan(value) else "inf"
    sign = "-" if value == -math.inf else ""
    return f"{sign}.{name}" if dialect == "yaml" else f"{sign}{name}"
