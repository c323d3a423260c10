"""What Schemathesis leaves out of the requests that it makes: numbers that a schema allows and this library does not.

JSON Schema takes 1.0 for an integer, and any number of digits. Here integers have 64 bits, and a float is none.
"""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_body(ctx: schemathesis.HookContext, body: Any) -> bool:
    return _has_plain_numbers(body)


def _has_plain_numbers(value: Any) -> bool:
    match value:
        case dict():
            return all(map(_has_plain_numbers, value.values()))
        case list():
            return all(map(_has_plain_numbers, value))
        case int():
            return -(2**63) <= value < 2**64
        case float():
            return not value.is_integer()
        case _:
            return True
