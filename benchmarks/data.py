"""Where the real data lie: ``--data``, else ``RECSYS_DATA``."""

import argparse
import os
from pathlib import Path


def folder_with(part: str, name: str, description: str | None) -> Path | None:
    """Read the command line; return the data folder, None having said so if ``part`` is not in it.

    Parameters
    ----------
    part
        The folder of the data set that is needed.
    name
        What the benchmark is called, for the line that says that it is left out.
    description
        For ``--help``.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=os.environ.get("RECSYS_DATA"))
    folder: Path | None = parser.parse_args().data
    if folder is None or not (folder / part).is_dir():
        print(f"{name}: skipped, no {part} below --data or RECSYS_DATA")
        return None
    return folder
