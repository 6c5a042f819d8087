"""Pure functions on arrays: from scores to the order of a list."""
