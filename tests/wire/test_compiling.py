"""Functions made once per shape."""

import pytest

from genkit_trio._wire.shape.compiling import once_per_shape
from genkit_trio._wire.shape.shapes import Alias, Anything


def test_each_shape_is_made_once():
    made = []
    find = once_per_shape(lambda shape: made.append(shape) or (lambda value: value))
    shape = Anything()
    assert find(shape) is find(shape)
    assert made == [shape]


def test_a_shape_inside_itself_is_looked_up_when_it_is_called():
    def make(shape):
        inner = find(shape)
        return lambda value: value if value == 0 else inner(value - 1)

    find = once_per_shape(make)
    assert find(Anything())(5) == 0


def test_what_could_not_be_made_is_not_remembered():
    inner = Anything()
    outer = Alias("outer", lambda: inner)
    attempts = []

    def make(shape):
        if shape is outer:
            find(inner)
        attempts.append(shape)
        if len(attempts) < 3:
            raise TypeError("no JSON")
        return id

    find = once_per_shape(make)
    for _ in range(2):
        with pytest.raises(TypeError):
            find(outer)
    assert find(outer) is id
