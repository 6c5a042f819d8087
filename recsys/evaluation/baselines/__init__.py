"""The rankers that a recipe has to beat, by name, one file each."""
