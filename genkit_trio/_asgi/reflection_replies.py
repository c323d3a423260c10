"""How ``runAction`` answers (protocol sheet §1.7): newline-delimited chunks, and one final object without a newline.

The head goes out as soon as the run exists, because tools read the trace id from it to show the run and to cancel
it. From then on the HTTP status is 200, and a failure is the final object.
"""

from typing import Final

from .._runtime import EdgeRun, InvalidInput, Reflection, describe_failure
from .._wire import error_object, final_object, result_object
from .messages import Headers
from .refusal import headers_of, http_of
from .reply import JSON, Reply

TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")


class ReflectionReplies:
    """The `Dialect` of ``runAction``.

    Args:
      reflection: whose telemetry is brought out before the final object.
      headers: what every answer carries.
    """

    def __init__(self, reflection: Reflection, headers: Headers) -> None:
        self._reflection: Final = reflection
        self._headers: Final = headers

    def begin(self, reply: Reply, run: EdgeRun) -> bool:
        """Decide the head, and have it sent at once."""
        reply.start(200, [TEXT if run.streaming else JSON, *self._headers])
        return True

    def add_frames(self, reply: Reply, frames: bytes) -> None:
        """Add lines."""
        reply.add(frames)

    async def prepare_end(self, run: EdgeRun) -> None:
        """Bring out the spans: tools read the trace as soon as they have the result."""
        await self._reflection.flush(run)

    def end(self, reply: Reply, run: EdgeRun | None, outcome: bytes | BaseException) -> None:
        """Add the final object; where no run began, a failure is the whole answer."""
        if isinstance(outcome, bytes):
            # Only a run that has begun has an output.
            trace_id = "" if run is None else run.run.trace_id
            reply.add(final_object(result_object(outcome, trace_id)), last=True)
            return
        described = describe_failure(outcome, run)
        if reply.has_head:
            reply.add(final_object(error_object(described.status)), last=True)
        elif isinstance(outcome, InvalidInput):
            # The request was right and the action would have refused it: that is a result, with its own code.
            reply.answer(200, self._headers, error_object(described.status))
        else:
            failure = described.failure
            reply.answer(http_of(outcome, failure), [*headers_of(outcome, failure), *self._headers], described.status)
