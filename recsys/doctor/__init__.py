"""What is wrong with an installation, and what to do about it: one file per group of checks.

Nothing here writes: not a file, not a row.
"""
