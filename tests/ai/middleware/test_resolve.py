"""From what use= holds to middleware."""

import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai import GenerateMiddleware, Middleware, MiddlewareRef, Retry
from genkit_trio._ai.middleware.define import DEFINITIONS
from genkit_trio._ai.middleware.resolve import resolve_middleware
from genkit_trio._core import Registry
from genkit_trio._core import Retry as ActionRetry


def test_middleware_is_taken_as_it_is_and_in_order():
    first, second = Retry(), Middleware()
    assert resolve_middleware(Registry(), [first, second]) == [first, second]


def test_a_name_is_found_in_the_parents_of_a_registry_too():
    registry = Registry()
    registry.set_value(DEFINITIONS, "retry", GenerateMiddleware("retry", Retry))
    [made] = resolve_middleware(registry.new_child(), [MiddlewareRef("retry", {"maxRetries": 5})])
    assert made == Retry(max_retries=5)


@pytest.mark.parametrize(("names", "known"), [([], "none"), (["b", "a"], "a, b")])
def test_a_name_that_is_not_defined_is_not_found(names, known):
    registry = Registry()
    for name in names:
        registry.set_value(DEFINITIONS, name, GenerateMiddleware(name, Middleware))
    with pytest.raises(PublicError) as caught:
        resolve_middleware(registry, [MiddlewareRef("retry")])
    assert caught.value.status is Status.NOT_FOUND
    assert str(caught.value) == f"no middleware 'retry'; define it with ai.define_middleware (defined: {known})"


@pytest.mark.parametrize("entry", [Retry, "retry", ActionRetry(), None])
def test_what_is_no_middleware_is_refused(entry):
    with pytest.raises(TypeError, match=r"use= got .*; give it middleware, such as Retry\(\)"):
        resolve_middleware(Registry(), [entry])
