"""The JSON of the reflection API, in both of its versions.

The tools that read it crash where they meet what they do not expect: a ``details`` that is missing, a ``null`` where
something is optional. So absent things are left out here, and details are always an object.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from .absent import ABSENT, Absent
from .issues import kind_of
from .jsontext import JsonValue, dumps
from .keys import ActionKey
from .status import PublicError, Status
from .text import quoted

SPEC_VERSION: Final = 1
"""The version that both APIs state; tools refuse to work with a higher one."""


@attrs.frozen
class RunActionRequest:
    """What a tool asks to be run. Keys that are not known here are ignored: tools pass on what their pages send."""

    key: ActionKey
    input: JsonValue | Absent
    init: JsonValue | Absent
    context: Mapping[str, JsonValue] | Absent
    labels: Mapping[str, str]
    """Attributes for the span of the run, as they are."""


def parse_run_action(body: JsonValue | Absent) -> RunActionRequest:
    """Read the body, or the parameters, of ``runAction``.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, with the path of what does not fit.
    """
    request = object_of(body)
    context = request.get("context", ABSENT)
    if not isinstance(context, dict | Absent):
        raise invalid("context", f"expected object, got {kind_of(context)}")
    return RunActionRequest(
        ActionKey.parse(text_of(request, "key")),
        request.get("input", ABSENT),
        request.get("init", ABSENT),
        context,
        _labels_of(request.get("telemetryLabels", ABSENT)),
    )


def object_of(body: JsonValue | Absent) -> dict[str, JsonValue]:
    """Return *body*, which must be an object.

    Raises:
      PublicError: ``INVALID_ARGUMENT``.
    """
    if not isinstance(body, dict):
        raise invalid("body", f"expected object, got {'nothing' if body is ABSENT else kind_of(body)}")
    return body


def text_of(request: Mapping[str, JsonValue], name: str) -> str:
    """Return the entry *name* of *request*, which must be a string.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, with the name.
    """
    value = request.get(name, ABSENT)
    if value is ABSENT:
        raise invalid(name, "required field missing")
    if not isinstance(value, str):
        raise invalid(name, f"expected string, got {kind_of(value)}")
    return value


def result_object(payload: bytes, trace_id: str) -> bytes:
    """Give the final object of a run that succeeded; *payload* is its output, already encoded as JSON."""
    return b'{"result":%b,"telemetry":{"traceId":%b}}' % (payload, dumps(trace_id))


def status_json(status: Status, message: str, *, stack: str = "", trace_id: str = "") -> bytes:
    """Encode a failure as the reflection API does; the details are there also when they are empty."""
    details: dict[str, JsonValue] = {}
    if stack:
        details["stack"] = stack
    if trace_id:
        details["traceId"] = trace_id
    return dumps({"code": status.code, "message": message, "details": details})


def error_object(status: bytes) -> bytes:
    """Give the final object of a run that failed, with what `status_json` gave."""
    return b'{"error":%b}' % status


def listing_of(descriptions: Mapping[str, Mapping[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return the listing of actions, by key, without what would make a tool refuse all of it.

    Descriptions come from plugins too: what is null is left out, and what has no name gets that of its key.
    """
    return {key: _description_of(key, described) for key, described in descriptions.items()}


def invalid(path: str, text: str) -> PublicError:
    """Return the error that says what is wrong at *path* of a request."""
    return PublicError(Status.INVALID_ARGUMENT, f"{path}: {text}")


def _labels_of(labels: JsonValue | Absent) -> dict[str, str]:
    if labels is ABSENT:
        return {}
    if not isinstance(labels, dict):
        raise invalid("telemetryLabels", f"expected object, got {kind_of(labels)}")
    checked: dict[str, str] = {}
    for name, value in labels.items():
        if not isinstance(value, str):
            raise invalid(f"telemetryLabels.{quoted(name)}", f"expected string, got {kind_of(value)}")
        checked[name] = value
    return checked


def _description_of(key: str, described: Mapping[str, JsonValue]) -> JsonValue:
    found = {name: value for name, value in described.items() if value is not None}
    metadata = found.get("metadata")
    if isinstance(metadata, dict):
        found["metadata"] = {name: _cleaned(value) for name, value in metadata.items() if value is not None}
    return {"key": key, "name": key.split("/", 2)[-1], **found}


def _cleaned(value: JsonValue) -> JsonValue:
    return list(_shown(value)) if isinstance(value, list) else value


def _shown(items: Iterable[JsonValue]) -> Iterable[JsonValue]:
    # In an array directly under "metadata" a tool accepts no null and no array.
    for item in items:
        if isinstance(item, list):
            yield from _shown(item)
        elif item is not None:
            yield item
