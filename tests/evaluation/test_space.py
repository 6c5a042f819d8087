import pytest

from recsys.errors import RecipeError
from recsys.evaluation.space import Choices, Range, Space
from recsys.model import parts_of
from recsys.recipe import Recipe

TEXT = """
[blend]
popularity = 0.3

[search.freshness]
half_life_days = {low = 5, high = 90.0, log = true}

[search.blend]
popularity = {low = 0.0, high = 0.5, step = 0.2}
depth = {low = 10, high = 100}

[search.tokenizer]
stemming = {choices = ["light", "snowball"]}
"""


def space(search: str) -> Space:
    return Space.of(Recipe.parse(f"[search]\n{search}", "mine"))


def test_the_space_stands_in_the_recipe_and_is_no_part_of_the_model():
    recipe = Recipe.parse(TEXT)
    assert recipe.tables == {"blend": {"popularity": 0.3}}
    assert parts_of(recipe) == parts_of(Recipe("x", recipe.tables))
    assert Recipe.parse(recipe.write()) == recipe


def test_the_space_is_read_in_the_order_of_the_recipe():
    found = Space.of(Recipe.parse(TEXT))
    assert list(found.parameters.items()) == [
        ("freshness.half_life_days", Range(5.0, 90.0, log=True)),
        ("blend.popularity", Range(0.0, 0.5, step=0.2)),
        ("blend.depth", Range(10, 100, whole=True)),
        ("tokenizer.stemming", Choices(("light", "snowball"))),
    ]
    assert found.own() == {
        "freshness.half_life_days": None,  # training finds it
        "blend.popularity": 0.3,
        "blend.depth": 50,
        "tokenizer.stemming": "snowball",
    }
    assert not found.holds(found.own() | {"freshness.half_life_days": 5.0})  # 0.3 is no step
    assert found.holds(found.own() | {"freshness.half_life_days": 5.0, "blend.popularity": 0.4})


def test_dotted_keys_say_the_same():
    assert space("blend.depth = {low = 1, high = 9}").parameters == {
        "blend.depth": Range(1, 9, whole=True)
    }


def test_other_values_make_another_recipe_of_the_same_name():
    found = Space.of(Recipe.parse(TEXT, "mine"))
    made = found.with_values({"blend.depth": 20, "freshness.half_life_days": 7.5})
    assert made.name == "mine"
    assert made.search == found.recipe.search
    assert made.tables == {
        "blend": {"popularity": 0.3, "depth": 20},
        "freshness": {"half_life_days": 7.5},
    }
    assert found.recipe.tables == {"blend": {"popularity": 0.3}}


def test_values_are_settled_as_people_would_write_them():
    assert Range(5.0, 90.0).settled(23.456789) == 23.46
    assert Range(1.00001, 2.0).settled(1.000012) == 1.00001
    assert Range(0.0, 0.5, step=0.1).settled(0.1 * 3) == 0.3
    assert Range(1, 9, whole=True).settled(3.0) == 3
    assert Range(0.0, 0.5, step=0.2).highest == 0.4


def test_what_a_range_and_a_choice_hold():
    assert Range(0.0, 1.0).holds(1.0)
    assert not Range(0.0, 1.0).holds(1.1)
    assert not Range(0.0, 1.0).holds(None)
    assert Range(0.0, 1.0, step=0.1).holds(0.7)
    assert not Range(0.0, 1.0, step=0.1).holds(0.75)
    assert Choices((1, "x")).holds(1.0)
    assert not Choices((1, "x")).holds(True)


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("", "recipe mine: [search] is empty: say what is to be tried, such as [search.freshness]"),
        ("freshnes.floor = {low = 0.1, high = 0.2}", "unknown table freshnes; did you mean fresh"),
        ("freshness.flor = {low = 0, high = 1}", "unknown key freshness.flor; did you mean floor?"),
        ("vectoriser.tokenizer = {low = 0, high = 1}", "unknown key vectoriser.tokenizer; known"),
        ("freshness = 3", "[search] freshness must be a table"),
        ("freshness.floor = 3", "freshness.floor: must be {low = …, high = …} or {choices = […]}"),
        ("freshness.floor = {}", "freshness.floor: must have low and high, or choices"),
        ("freshness.floor = {low = 0.2}", "freshness.floor: must have low and high, or choices"),
        ("freshness.floor = {low = 0.2, high = 0.2}", "freshness.floor: low must be under high"),
        ("freshness.floor = {low = 1, high = 0}", "low must be under high, got 1 and 0"),
        ("freshness.half_life_days = {low = 1, high = inf}", "low must be under high, got 1 and"),
        ("freshness.floor = {low = 0, high = 1, log = true}", "low must be over 0 where log is"),
        ("freshness.floor = {low = 0, high = 1, step = 0}", "step must be over 0 and at most"),
        ("freshness.floor = {low = 0.1, high = 1, step = 0.1, log = true}", "exclude each other"),
        ("freshness.floor = {low = 0, high = 1, setp = 0.1}", "unknown key setp; did you mean ste"),
        ("freshness.floor = {low = '0', high = 1}", "freshness.floor: low must be a number"),
        ("freshness.floor = {low = 0, high = 2}", "[search] freshness.floor must be from 0 to 1"),
        ("freshness.floor = {choices = []}", "choices must be at least two, got 0"),
        ("freshness.floor = {choices = [0.1]}", "choices must be at least two, got 1"),
        ("freshness.floor = {choices = [0, 0.0]}", "freshness.floor: choices must differ"),
        ("freshness.floor = {choices = [[1], [2]]}", "choices must be strings, numbers, true or"),
        ("freshness.floor = {choices = 3}", "choices must be a list, and stand alone"),
        ("freshness.floor = {choices = [0, 'x']}", "freshness.floor must be a number"),
        ("blend.depth = {low = 1.5, high = 9}", "blend.depth: low, high and step must be whole"),
        ("tokenizer.stemming = {choices = ['light', 'root']}", "stemming must be one of none"),
        ("tokenizer.stemming = {low = 0, high = 1}", "tokenizer.stemming must be a string"),
    ],
)  # fmt: skip
def test_what_is_no_space_is_refused_by_name(search, message):
    with pytest.raises(RecipeError) as refused:
        space(search)
    assert message in str(refused.value)
    assert str(refused.value).startswith("recipe mine: [search] ")
