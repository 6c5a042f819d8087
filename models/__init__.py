"""The shipped recipes: installed as `recsys.recipes` and found by name."""
