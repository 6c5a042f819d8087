"""Whether the arrays of a saved model can be what training writes.

A checksum says that a file is as it was written, not that it was written by us: whoever can write a
model can write its checksums. Everything that is later used as a place in something else is
checked here once, so that no answer can read beyond an array.
"""

from codecs import getincrementaldecoder
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.errors import ModelError

Array = npt.NDArray[Any]

_BLOCK_BYTES = 2**13  # of text, looked through in one go; larger pieces are cleared each time

_TEXTS = (
    *(
        f"corpus_{name}"
        for name in (
            "article_id", "title", "url", "canonical_url", "image_url", "publisher", "inline_links"
        )
    ),
    "vocabulary",
    "surfaces",
)  # fmt: skip
# Name -> dtype and shape: n articles, t terms, k neighbours, and whatever other letters stand for.
_ARRAYS: Mapping[str, tuple[str, str]] = {
    "corpus_site": ("int16", "n"),
    "corpus_language": ("int16", "n"),
    "corpus_published": ("int64", "n"),
    "corpus_sponsored": ("bool", "n"),
    "corpus_shown": ("bool", "n"),
    "corpus_fingerprint": ("uint64", "n"),
    "leaders": ("int32", "n"),
    "section_indptr": ("int64", "n+"),
    "section_codes": ("int32", "s"),
    "ids_hashes": ("uint64", "i"),
    "ids_rows": ("int32", "i"),
    "addresses_hashes": ("uint64", "a"),
    "addresses_rows": ("int32", "a"),
    "places_hashes": ("uint64", "p"),
    "places_rows": ("int32", "p"),
    "idf": ("float64", "t"),
    "rows_data": ("float32", "z"),
    "rows_indices": ("int32", "z"),
    "postings_ends": ("int64", "t+"),
    "postings_rows": ("int32", "z"),
    "postings_weights": ("float32", "z"),
    "near": ("int32", "nk"),
    "near_cosines": ("float32", "nk"),
    "views_row": ("int32", "v"),
    "views_bucket": ("int32", "v"),
    "views_count": ("int32", "v"),
    "readers_row": ("int32", "r"),
    "readers_bucket": ("int32", "r"),
    "readers_count": ("int32", "r"),
}
_CODES = {"corpus_site": "sites", "corpus_language": "languages", "section_codes": "sections"}
_FINITE = ("idf", "rows_data", "postings_weights", "near_cosines")
_MOST = 1.001  # that a cosine can be, rounding included


def check_names(labels: object) -> None:
    """Refuse names that are not three lists of strings; `ModelError`."""
    for name in ("sites", "languages", "sections"):
        values = labels.get(name) if isinstance(labels, Mapping) else None
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ModelError(f"names.json: {name} is no list of names")


def check_arrays(arrays: Mapping[str, Array], labels: Mapping[str, Any]) -> None:
    """Refuse arrays that training cannot have written; `ModelError` names the first.

    Parameters
    ----------
    arrays
        By the name of their file, without its ending.
    labels
        As `check_names` lets them pass.

    Notes
    -----
    Reads every array once.
    """
    sizes = _check_shapes(arrays)
    n, terms = sizes["n"], sizes["t"]
    for name in _TEXTS:
        _check_text(name, arrays, terms if name in ("vocabulary", "surfaces") else n)
    for name in ("ids", "addresses", "places"):
        hashes = arrays[f"{name}_hashes"]
        _require(bool((hashes[1:] >= hashes[:-1]).all()), f"{name}_hashes", "are not in order")
    for name in ("ids_rows", "addresses_rows", "leaders", "views_row", "readers_row"):
        _check_range(name, arrays[name], 0, n)
    _check_range("places_rows", arrays["places_rows"], 0, terms)
    _check_range("near", arrays["near"], -1, n)
    for name, names in _CODES.items():
        _check_range(name, arrays[name], 0, len(labels[names]))
    for name in _FINITE:
        _require(bool(np.isfinite(_ends(arrays[name])).all()), name, "are not all numbers")
    for name in ("rows_data", "postings_weights", "near_cosines"):
        _require(max(map(abs, _ends(arrays[name]))) <= _MOST, name, "are larger than a cosine")
    for name in ("views_count", "readers_count"):
        _require(bool((arrays[name] >= 0).all()), name, "are below 0")
    _check_ends("section_indptr", arrays["section_indptr"], sizes["s"])
    _check_ends("rows_indptr", arrays["rows_indptr"], sizes["z"])
    _check_range("rows_indices", arrays["rows_indices"], 0, terms)
    _check_ends("postings_ends", arrays["postings_ends"], sizes["z"])
    _check_range("postings_rows", arrays["postings_rows"], 0, n)
    if any(name.startswith("partners_") for name in arrays):
        _check_partners(arrays, n)


def _check_partners(arrays: Mapping[str, Array], n: int) -> None:
    """Check what is read with what, which only some recipes learn."""
    data, indices, indptr = (
        _given(arrays, f"partners_{name}") for name in ("data", "indices", "indptr")
    )
    _require(data.dtype == np.float32 and data.ndim == 1, "partners_data", "must be float32")
    _require(indices.dtype == np.int32, "partners_indices", "must be int32")
    _require(indices.shape == data.shape, "partners_indices", "are too many or too few")
    _require(indptr.dtype == np.int32, "partners_indptr", "must be int32")
    _require(indptr.shape == (n + 1,), "partners_indptr", "are too many or too few")
    _check_ends("partners_indptr", indptr, data.size)
    _check_range("partners_indices", indices, 0, n)
    rising = np.diff(indices.astype(np.int64)) > 0
    rising[indptr[1:-1][(indptr[1:-1] > 0) & (indptr[1:-1] < data.size)] - 1] = True
    _require(bool(rising.all()), "partners_indices", "are not in order")
    _require(bool(((data > 0) & (data <= 1)).all()), "partners_data", "must lie from 0 to 1")


def _check_shapes(arrays: Mapping[str, Array]) -> dict[str, int]:
    """Return what the letters stand for."""
    sizes: dict[str, int] = {}
    for name, (dtype, letters) in _ARRAYS.items():
        array = _given(arrays, name)
        wanted = [letters[:-1]] if letters.endswith("+") else list(letters)
        shape = [size - letters.endswith("+") for size in array.shape]
        _require(str(array.dtype) == dtype, name, f"must be {dtype}, not {array.dtype}")
        _require(len(shape) == len(wanted), name, f"must have {len(wanted)} dimensions")
        for letter, size in zip(wanted, shape, strict=True):
            _require(sizes.setdefault(letter, size) == size >= 0, name, "are too many or too few")
    indptr = _given(arrays, "rows_indptr")
    _require(indptr.dtype.kind == "i", "rows_indptr", "must be whole numbers")
    _require(indptr.shape == (sizes["n"] + 1,), "rows_indptr", "are too many or too few")
    return sizes


def _check_text(name: str, arrays: Mapping[str, Array], n: int) -> None:
    """Check a column of strings: whole characters in UTF-8, one string behind the other."""
    text, offsets = _given(arrays, f"{name}_text"), _given(arrays, f"{name}_offsets")
    _require(text.dtype == np.uint8 and text.ndim == 1, f"{name}_text", "must be bytes")
    _require(offsets.dtype == np.int64, f"{name}_offsets", "must be int64")
    _require(offsets.shape == (n + 1,), f"{name}_offsets", "are too many or too few")
    _check_ends(f"{name}_offsets", offsets, text.size)
    starts = text[offsets[: np.searchsorted(offsets, text.size)]]
    _require(bool(((starts & 0xC0) != 0x80).all()), f"{name}_offsets", "part a character")
    _require(_is_utf8(text), f"{name}_text", "are not UTF-8")


def _is_utf8(text: Array) -> bool:
    """Return whether bytes are UTF-8; by the block, since reading one holds up all threads."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        for start in range(0, text.size, _BLOCK_BYTES):
            decoder.decode(text[start : start + _BLOCK_BYTES].data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_ends(name: str, ends: Array, last: int) -> None:
    """Check running ends: from 0, never falling, up to ``last``."""
    rising = bool((ends[1:] >= ends[:-1]).all())
    _require(rising and ends[0] == 0 and ends[-1] == last, name, "do not lead through their array")


def _ends(values: Array) -> tuple[float, float]:
    """Return the least and the largest value, NaN if one is NaN; no memory is taken for it."""
    return float(values.min(initial=0)), float(values.max(initial=0))


def _check_range(name: str, values: Array, first: int, end: int) -> None:
    """Check ``first <= value < end``."""
    inside = not values.size or (int(values.min()) >= first and int(values.max()) < end)
    _require(inside, name, f"must lie from {first} to {end - 1}")


def _given(arrays: Mapping[str, Array], name: str) -> Array:
    _require(name in arrays, name, "is missing")
    return arrays[name]


def _require(holds: bool, name: str, trouble: str) -> None:
    if not holds:
        raise ModelError(f"{name}.npy: its values {trouble}")
