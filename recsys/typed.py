"""A TOML table into a dataclass: the one place where configuration meets types."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

_NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def nearest(name: str, known: list[str]) -> str:
    """Return the end of a sentence about an unknown name: the nearest known one, or all of them."""
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def from_table(kind: type[T], table: object, path: str = "", **given: Any) -> T:
    """Build a dataclass from a TOML table whose keys are its fields.

    Parameters
    ----------
    kind
        A dataclass of strings, numbers, booleans, lists of strings, mappings and such dataclasses.
    table
        What TOML gave; anything but a table is refused.
    path
        Dotted name of the table, for the message.
    given
        Fields that do not come from the table, and are not allowed in it.

    Raises
    ------
    ValueError
        Naming the key that is unknown or whose value does not fit.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{path} must be a table")
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.name not in given]  # type: ignore[arg-type]
    values = dict(given)
    for name, value in table.items():
        spot = f"{path}.{name}" if path else str(name)
        if name not in names:
            raise ValueError(f"unknown key {spot}; {nearest(str(name), names)}")
        values[name] = _converted(hints[name], value, spot)
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(f"{path}.{error}" if path else str(error)) from None


def _converted(hint: Any, value: Any, path: str) -> Any:
    arguments = get_args(hint)
    if get_origin(hint) in (Mapping, dict) or (
        isinstance(hint, type) and issubclass(hint, Mapping)
    ):
        return _mapping(arguments[1], value, path)
    if get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ValueError(f"{path} must be a list of strings")
        return tuple(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_table(hint, value, path)
    allowed = [a for a in (arguments or (hint,)) if a is not type(None)]
    if float in allowed and type(value) is int:
        return float(value)
    if type(value) not in allowed:
        raise ValueError(f"{path} must be {_NAMES[allowed[0]]}")
    return value


def _mapping(hint: Any, value: Any, path: str) -> dict[str, Any]:
    """Read a table of values; a table of strings may be nested: ``a.b = "x"`` is key ``"a.b"``."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{path} must be a table")
    made: dict[str, Any] = {}
    for key, inner in value.items():
        if hint is str and isinstance(inner, Mapping):
            made |= {f"{key}.{k}": v for k, v in _mapping(str, inner, f"{path}.{key}").items()}
        else:
            made[str(key)] = _converted(hint, inner, f"{path}.{key}")
    return made
