import random

import numpy as np
import pytest

from recsys import soundness


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_text_read_by_the_block_is_utf8_where_it_is_as_a_whole(monkeypatch, block):
    monkeypatch.setattr(soundness, "_BLOCK_BYTES", block)
    draw, right = random.Random(block), 0
    for _ in range(500):
        data = bytearray(
            "".join(draw.choice("aعé€😀") for _ in range(draw.randint(0, 12))).encode()
        )
        if data and draw.random() < 0.5:
            data[draw.randrange(len(data))] = draw.choice((0x80, 0xC3, 0xFF, 0x61))
        if draw.random() < 0.3:
            data = data[: draw.randint(0, len(data))]
        assert soundness._is_utf8(np.frombuffer(bytes(data), np.uint8)) == is_utf8(data), data
        right += is_utf8(data)
    assert 100 < right < 450
