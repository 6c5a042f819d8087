"""What a model is: a TOML file whose tables are the parameters of the parts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from recsys.errors import RecipeError
from recsys.typed import from_table, nearest

T = TypeVar("T")

SEARCH = "search"
"""The one table of a recipe that belongs to no part of a model."""


@dataclass(frozen=True)
class Recipe:
    """A named set of tables, one for each part of a model.

    Parameters
    ----------
    name
        Name of the model it makes: the file's name without its ending.
    tables
        Table name -> parameters. What is left out has the default of the part's constructor.
    search
        The file's table ``[search]``: table name -> parameter -> what ``recsys tune`` may try in
        its place. No part of what a model is; `recsys.evaluation.space.Space` reads it.
    """

    name: str = "default"
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> "Recipe":
        """Read a recipe; `RecipeError` if there is none or it is not TOML."""
        path = Path(path)
        try:
            return cls.parse(path.read_text(encoding="utf-8"), path.stem, str(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise RecipeError(f"{path}: cannot read this recipe: {reason}") from error

    @classmethod
    def parse(cls, text: str, name: str = "default", where: str = "recipe") -> "Recipe":
        """Return the recipe of a TOML text; ``where`` names it in messages."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(f"{where}: not TOML: {error}") from error
        for key, table in tables.items():
            if not isinstance(table, dict):
                raise RecipeError(f"{where}: {key} stands outside of every table")
        search = tables.pop(SEARCH, {})
        return cls(name, tables, search)

    def write(self) -> str:
        """Return the TOML text of this recipe; `parse` reads it back equal."""
        tables = {**self.tables, **({SEARCH: self.search} if self.search else {})}
        return tomli_w.dumps({name: dict(table) for name, table in tables.items()})

    def part(self, kind: type[T], table: str, **given: Any) -> T:
        """Build the part whose parameters stand in ``table``; `RecipeError` if they do not fit."""
        try:
            return from_table(kind, self.tables.get(table, {}), table, **given)
        except ValueError as error:
            raise RecipeError(f"recipe {self.name}: {error}") from None

    def check_tables(self, known: list[str]) -> None:
        """Refuse a table that belongs to no part."""
        for table in self.tables:
            if table not in known:
                raise RecipeError(
                    f"recipe {self.name}: unknown table [{table}]; {nearest(table, known)}"
                )
