import re
from dataclasses import fields
from importlib.resources import files

import pytest

from recsys.cli.shipped import find_recipe, shipped
from recsys.model import TABLES, parts_of
from recsys.recipe import Recipe

MODELS = files("recsys.recipes")
INNER = {"tokenizer": "folding", "vectoriser": "tokenizer"}  # parts that have tables of their own


def parameters(table: str) -> dict[str, object]:
    return {f.name: f.default for f in fields(TABLES[table]) if f.name != INNER.get(table)}


def documented() -> dict[str, dict[str, str]]:
    """Read the tables of the README: table -> key -> default."""
    text = (MODELS / "README.md").read_text(encoding="utf-8")
    found = {}
    for part in text.split("\n### ")[1:]:
        rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", part, re.M)
        found[re.match(r"`\[(\w+)\]`", part)[1]] = dict(rows)
    return found


def test_the_default_recipe_says_what_the_constructors_default_to():
    assert parts_of(find_recipe("default")) == parts_of(Recipe())


def test_the_default_recipe_writes_out_every_parameter_that_has_a_value():
    tables = find_recipe("default").tables
    assert list(tables) == list(TABLES)
    for table, keys in tables.items():
        assert keys == {k: v for k, v in parameters(table).items() if v is not None}


def test_the_readme_names_every_table_and_key_with_its_default():
    def shown(value: object) -> str:
        if value is None:
            return "fitted"
        return str(value).lower() if isinstance(value, bool) else re.sub("'", '"', repr(value))

    assert documented() == {
        table: {key: shown(value) for key, value in parameters(table).items()} for table in TABLES
    }


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_recipe_can_be_built_and_is_in_the_readme(name):
    parts_of(find_recipe(name))
    assert f"`{name}.toml`" in (MODELS / "README.md").read_text(encoding="utf-8")


def test_a_recipe_of_ones_own_wins_over_a_shipped_one_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "default").write_text("[blend]\npopularity = 0.5\n")
    assert find_recipe("default").tables == {"blend": {"popularity": 0.5}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[similarty]\n", "recipe mine: unknown table [similarty]; did you mean similarity?"),
        ("[blend]\npopularty = 1.0\n", "unknown key blend.popularty; did you mean popularity?"),
        ("[blend]\npopularity = -1.0\n", "blend.popularity must be at least 0, got -1.0"),
        ("[similarity]\nneighbours = 0\n", "neighbours must be at least 1, got 0"),
        ("[vectoriser]\ntitle = 0.1\n", "vectoriser.title must be 0 or at least 0.5, got 0.1"),
        ("[tokenizer]\nstemming = 'root'\n", "stemming must be one of none, light, snowball"),
        ("[blend]\ndepth = 'deep'\n", "blend.depth must be a whole number"),
        ("depth = 5\n", "mine.toml: depth stands outside of every table"),
        ("[blend\n", "mine.toml: not TOML"),
    ],
)
def test_a_bad_recipe_is_refused_in_one_line(refused, newsroom, tmp_path, text, message):
    (tmp_path / "mine.toml").write_text(text)
    call = ["train", "mine.toml", "--store", newsroom.store, "--models", "m", "--jobs", "1"]
    assert message in refused(1, *call)
    assert not (tmp_path / "m").exists()
