"""The metrics, by name, one file each."""
