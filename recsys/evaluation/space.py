"""What may be tried in place of a recipe's parameters: its table ``[search]``.

``[search.freshness]`` with ``half_life_days = {low = 5.0, high = 90.0, log = true}`` lets the
half-life lie between 5 and 90 days; ``{choices = [...]}`` names every value there is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from math import floor, inf, isclose
from typing import Any, get_args, get_type_hints

from recsys.errors import RecipeError
from recsys.model import TABLES, parts_of
from recsys.recipe import Recipe
from recsys.typed import from_table, nearest

_DIGITS = 4  # significant ones of a number that is tried: recipes are read by people
_EXAMPLE = "[search.freshness] half_life_days = {low = 5.0, high = 90.0, log = true}"


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included.

    Parameters
    ----------
    low, high
        ``low`` under ``high``, both finite.
    log
        Whether a factor counts alike wherever it lies, as for half-lives; ``low`` is over 0 then.
    step
        Distance between the numbers that may be tried, over 0; None tries any.
    whole
        Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no range; ValueError."""
        if not -inf < self.low < self.high < inf:
            raise ValueError(f"low must be under high, got {self.low:g} and {self.high:g}")
        if self.log and not self.low > 0:
            raise ValueError(f"low must be over 0 where log is true, got {self.low:g}")
        if self.log and self.step is not None:
            raise ValueError("step and log exclude each other")
        if self.step is not None and not 0 < self.step <= self.high - self.low:
            raise ValueError(f"step must be over 0 and at most high - low, got {self.step:g}")
        numbers = (self.low, self.high, self.step or 1.0)
        if self.whole and not all(float(number).is_integer() for number in numbers):
            raise ValueError("low, high and step must be whole numbers")

    @property
    def highest(self) -> float:
        """The highest number that ``step`` leads to."""
        if self.step is None:
            return self.high
        steps = floor((self.high - self.low) / self.step + 1e-9)
        return float(self.low + steps * self.step)

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values between which all others lie."""
        return self.settled(self.low), self.settled(self.highest)

    def settled(self, value: float) -> Any:
        """Return a value as it is tried and written: whole, or of a few digits."""
        if self.whole:
            return round(value)
        if self.step is not None:
            return float(round(value, 10))
        return float(min(max(float(f"{value:.{_DIGITS}g}"), self.low), self.high))

    def holds(self, value: Any) -> bool:
        """Whether a value may be tried."""
        if type(value) not in (int, float) or not self.low <= value <= self.highest:
            return False
        steps = (value - self.low) / (self.step or 1)
        return self.step is None or isclose(steps, round(steps), abs_tol=1e-9)


@dataclass(frozen=True)
class Choices:
    """Strings, numbers, or true and false: at least two, none twice."""

    choices: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Refuse what leaves no choice; ValueError."""
        if len(self.choices) < 2:
            raise ValueError(f"choices must be at least two, got {len(self.choices)}")
        if not all(isinstance(each, str | int | float) for each in self.choices):
            raise ValueError("choices must be strings, numbers, true or false")
        if len(set(map(_kind, self.choices))) < len(self.choices):
            raise ValueError("choices must differ")

    @property
    def ends(self) -> tuple[Any, ...]:
        """All of them."""
        return self.choices

    def settled(self, value: Any) -> Any:
        """Return a value as it is tried: as it is."""
        return value

    def holds(self, value: Any) -> bool:
        """Whether a value may be tried."""
        return _kind(value) in map(_kind, self.choices)


def _kind(value: Any) -> tuple[bool, Any]:
    """Return what tells a value from another: 1 is 1.0 and is not true."""
    return isinstance(value, bool), value


@dataclass(frozen=True)
class Space:
    """The parameters of a recipe that may be changed, and to what.

    Attributes
    ----------
    recipe
        Whose they are.
    parameters
        ``table.parameter`` -> what may be tried, in the order of the recipe; at least one.
    """

    recipe: Recipe
    parameters: Mapping[str, Range | Choices]

    @classmethod
    def of(cls, recipe: Recipe) -> "Space":
        """Read a recipe's ``[search]``.

        Raises
        ------
        RecipeError
            If it is missing or empty, if a parameter is unknown or may not have one of its values,
            or if a range or choice is none; it names the parameter.
        """
        parts_of(recipe)
        parameters = {}
        for table, name, given in _given(recipe):
            try:
                found = _read(table, name, given)
            except ValueError as error:
                raise _refusal(recipe, f"{table}.{name}: {error}") from None
            for value in found.ends:
                _check(recipe, table, name, value)
            parameters[f"{table}.{name}"] = found
        if not parameters:
            raise RecipeError(
                f"recipe {recipe.name}: [search] is empty: say what is to be tried, such as"
                f" {_EXAMPLE}"
            )
        return cls(recipe, parameters)

    def own(self) -> dict[str, Any]:
        """Return the recipe's own values; None where training fits them."""
        vectoriser, parts = parts_of(self.recipe)
        tokenizer = vectoriser.tokenizer
        others = {"vectoriser": vectoriser, "tokenizer": tokenizer, "folding": tokenizer.folding}
        owners = parts.__dict__ | others
        names = (full.split(".") for full in self.parameters)
        return {f"{table}.{name}": getattr(owners[table], name) for table, name in names}

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether all of ``values`` may be tried."""
        return all(self.parameters[full].holds(value) for full, value in values.items())

    def settled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as they are tried and written."""
        return {full: each.settled(values[full]) for full, each in self.parameters.items()}

    def with_values(self, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe with other values; it keeps its name and its ``[search]``."""
        recipe = self.recipe
        for full, value in values.items():
            table, name = full.split(".")
            recipe = _changed(recipe, table, name, value)
        return recipe


def _given(recipe: Recipe) -> Iterator[tuple[str, str, Any]]:
    """Yield table, parameter and what is said of it."""
    for table, names in recipe.search.items():
        if table not in TABLES:
            raise _refusal(recipe, f"unknown table {table}; {nearest(table, list(TABLES))}")
        if not isinstance(names, Mapping):
            raise _refusal(recipe, f"{table} must be a table, such as {_EXAMPLE}")
        known = _parameters(table)
        for name, given in names.items():
            if name not in known:
                raise _refusal(recipe, f"unknown key {table}.{name}; {nearest(name, known)}")
            yield table, name, given


def _parameters(table: str) -> list[str]:
    """Return the parameters of a table; a part within a part has a table of its own."""
    hints = get_type_hints(TABLES[table])
    return [f.name for f in fields(TABLES[table]) if hints[f.name] not in TABLES.values()]


def _read(table: str, name: str, given: Any) -> Range | Choices:
    """Return what may be tried; ValueError if that is nothing."""
    if not isinstance(given, Mapping):
        raise ValueError("must be {low = …, high = …} or {choices = […]}")
    if "choices" in given:
        if set(given) != {"choices"} or not isinstance(given["choices"], list):
            raise ValueError("choices must be a list, and stand alone")
        return Choices(tuple(given["choices"]))
    if not {"low", "high"} <= set(given):
        raise ValueError("must have low and high, or choices")
    return from_table(Range, given, whole=_is_whole(table, name))


def _is_whole(table: str, name: str) -> bool:
    hint = get_type_hints(TABLES[table])[name]
    kinds = get_args(hint) or (hint,)
    return int in kinds and float not in kinds


def _check(recipe: Recipe, table: str, name: str, value: Any) -> None:
    """Refuse a value that the parameter may not have."""
    try:
        parts_of(_changed(recipe, table, name, value))
    except RecipeError as error:
        raise _refusal(recipe, str(error).removeprefix(f"recipe {recipe.name}: ")) from None


def _changed(recipe: Recipe, table: str, name: str, value: Any) -> Recipe:
    changed = {**recipe.tables.get(table, {}), name: value}
    return replace(recipe, tables={**recipe.tables, table: changed})


def _refusal(recipe: Recipe, reason: str) -> RecipeError:
    return RecipeError(f"recipe {recipe.name}: [search] {reason}")
