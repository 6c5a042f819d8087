"""The recipes that come with the package, by name."""

from importlib.resources import files
from pathlib import Path

from recsys.errors import RecipeError
from recsys.recipe import Recipe


def shipped() -> list[str]:
    """Return the names of the shipped recipes."""
    names = (file.name for file in files("recsys.recipes").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def find_recipe(path_or_name: str) -> Recipe:
    """Return the recipe at a path or, where no file is there, the shipped one of that name.

    Raises
    ------
    RecipeError
        If there is neither, naming those that are shipped; or if it is not TOML.
    """
    if Path(path_or_name).is_file() or path_or_name.endswith(".toml"):
        return Recipe.read(path_or_name)
    if path_or_name not in shipped():
        known = ", ".join(shipped())
        raise RecipeError(
            f"there is no recipe {path_or_name!r}: give the path of a .toml file, or one of {known}"
        )
    file = files("recsys.recipes") / f"{path_or_name}.toml"
    return Recipe.parse(file.read_text(encoding="utf-8"), path_or_name, f"{path_or_name}.toml")
