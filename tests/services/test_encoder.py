"""Vectors are cached by text and kept between starts."""

import numpy as np
import pytest

from services.knowledge.encoder import DIMENSIONS, Encoder


@pytest.fixture(scope="module")
def encoder():
    return Encoder()


def test_vectors_have_length_one_in_the_order_of_the_texts(encoder):
    vectors = encoder.encode(["租房落户", "居住证丢了", "租房落户"])
    assert vectors.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1])


def test_vectors_are_read_back_from_the_file(encoder, tmp_path):
    first = encoder.encode(["租房落户"])
    encoder.write(tmp_path / "vectors.npz")
    again = Encoder()
    again.read(tmp_path / "vectors.npz")
    assert np.array_equal(again._cache["租房落户"], first[0])


@pytest.mark.parametrize("content", [b"", b"not a zip", None], ids=["empty", "foreign", "missing"])
def test_a_broken_or_missing_file_is_not_used(tmp_path, content):
    path = tmp_path / "vectors.npz"
    if content is not None:
        path.write_bytes(content)
    encoder = Encoder()
    encoder.read(path)
    assert encoder.encode(["租房"]).shape == (1, DIMENSIONS)


def test_the_cache_forgets_the_longest_unused(encoder):
    small = Encoder(cache_size=2)
    small.encode(["一", "二"])
    small.encode(["一"])
    small.encode(["三"])
    assert list(small._cache) == ["一", "三"]
