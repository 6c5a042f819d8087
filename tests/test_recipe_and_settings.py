import pytest

from recsys.errors import RecipeError, SettingsError
from recsys.languages import HEADINGS, heading
from recsys.model import parts_of
from recsys.recipe import Recipe
from recsys.settings import key_hash, read_settings


def test_a_recipe_survives_being_written_and_read():
    recipe = Recipe.parse(
        "[freshness]\nflat_days = 1.0\n\n[tokenizer]\nstemming = 'light'\n", "mine"
    )
    assert Recipe.parse(recipe.write(), "mine") == recipe


def test_a_recipe_sets_the_parameters_of_the_parts():
    vectoriser, parts = parts_of(
        Recipe.parse("[vectoriser]\ntitle = 3\n[blend]\npopularity = 0.0\n")
    )
    assert vectoriser.title == 3.0
    assert parts.blend.popularity == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[freshnes]\nfloor = 1.0", r"unknown table \[freshnes\]; did you mean freshness"),
        ("[freshness]\nflor = 1.0", "unknown key freshness.flor; did you mean floor"),
        ("[freshness]\nfloor = 2.0", "freshness.floor must be from 0 to 1, got 2.0"),
        ("[freshness]\nfloor = '1'", "freshness.floor must be a number"),
        ("[similarity]\nneighbours = 0", "neighbours must be at least 1, got 0"),
        ("[tokenizer]\nfolding = 1", "unknown key tokenizer.folding"),
        ("floor = 1", "floor stands outside of every table"),
        ("[", "not TOML"),
    ],
)
def test_a_recipe_says_what_is_wrong_with_it(text, message):
    with pytest.raises(RecipeError, match=message):
        parts_of(Recipe.parse(text))


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"nowhere\.toml: cannot read"):
        Recipe.read(tmp_path / "nowhere.toml")


def test_settings_come_from_the_file_and_the_environment_wins(tmp_path):
    path = tmp_path / "recsys.toml"
    path.write_text('[sites.default]\nlanguage = "ar"\ntime_zone = "Africa/Cairo"\n')
    settings = read_settings(path, {"RECSYS_SITES__DEFAULT__LANGUAGE": "fr"})
    assert settings.site("default").language == "fr"
    assert settings.site("default").time_zone == "Africa/Cairo"
    assert settings.site("another").time_zone == "UTC"


def test_headings_may_differ_by_language(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(
        '[sites.default.headings]\nmost_read = "Top"\n'
        '[sites.default.headings.sport]\nar = "رياضة"\n'
    )
    own = read_settings(path, {}).site("default").headings
    assert heading("sport", "ar", own) == "رياضة"
    assert heading("sport", "fr", own) == "sport"
    assert heading("most_read", "ar", own) == "Top"
    assert heading("related", "ar", own) == "أخبار ذات صلة"


def test_every_language_names_every_list():
    assert {frozenset(table) for table in HEADINGS.values()} == {frozenset(HEADINGS["en"])}


def test_the_api_key_is_kept_as_a_hash(tmp_path):
    settings = read_settings(None, {"RECSYS_API_KEY": "secret"})
    assert settings.key_hashes == (key_hash("secret"),)
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[site.default]", "unknown key site; did you mean sites"),
        (
            "[sites.default]\nlangage = 'ar'",
            "unknown key sites.default.langage; did you mean language",
        ),
        ("[sites.default]\nlanguage = 1", "sites.default.language must be a string"),
        ("[sites.default]\ntime_zone = 'Mars/Olympus'", "unknown time zone 'Mars/Olympus'"),
        ("[lists.relate]\nlimit = 3", "unknown list lists.relate; did you mean related"),
        ("[lists.related]\nlimit = 0", "limit must be from 1 to 100, got 0"),
        ("sites = 3", "sites must be a table"),
        ("[[", "not a readable TOML file"),
    ],
)
def test_settings_say_what_is_wrong_with_them(tmp_path, text, message):
    path = tmp_path / "recsys.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_settings(path, {})


def test_an_unknown_variable_is_named():
    with pytest.raises(SettingsError, match="RECSYS_SITS__X: unknown key sits; did you mean sites"):
        read_settings(None, {"RECSYS_SITS__X": "1"})


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="there is no such configuration file"):
        read_settings(tmp_path / "none.toml", {})
