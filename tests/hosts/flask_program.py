"""A Flask application that calls and streams flows, on a WSGI server of many threads."""

import trio
from flask import Flask, Response, request
from werkzeug.serving import make_server

from genkit_trio import Genkit, GenkitError, PublicError, RunContext, Status
from genkit_trio.hosts import Portal, open_portal
from tests.e2e.flows import Told, say

ai = Genkit()


@ai.flow
async def double(number: int) -> int:
    """Compute."""
    if number < 0:
        raise PublicError(Status.INVALID_ARGUMENT, "no negative numbers")
    return number * 2


@ai.flow
async def count(stop: int, ctx: RunContext[int]) -> str:
    """Send numbers, one now and then."""
    with Told():
        for number in range(stop):
            await ctx.send_chunk(number)
            await trio.sleep(0.01)
    return "counted"


@ai.flow
async def forever() -> None:
    """Never end."""
    with Told():
        await trio.sleep_forever()


def application(portal: Portal) -> Flask:
    """Return the WSGI application."""
    app = Flask(__name__)

    @app.post("/double")
    def call() -> dict[str, int]:
        return {
            "result": portal.call(double, request.get_json()["data"], context={"auth": request.headers.get("x-user")})
        }

    @app.post("/forever")
    def wait() -> dict[str, None]:
        return {"result": portal.call(forever)}

    @app.post("/count")
    def stream() -> Response:
        stop = request.get_json()["data"]

        def lines():
            with portal.stream(count, stop) as stream:
                for number in stream:
                    yield f"{number}\n"
                yield f"{stream.output()}\n"

        return Response(lines(), mimetype="text/plain")

    @app.errorhandler(GenkitError)
    def explain(error: GenkitError) -> tuple[dict[str, str], int]:
        return {"error": error.message}, error.status.http

    return app


def main() -> None:
    """Serve until Ctrl-C, and say where."""
    with open_portal(ai, drain_timeout=0.2) as portal:
        server = make_server("127.0.0.1", 0, application(portal), threaded=True)
        server.daemon_threads = True
        say("serving", url=f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()
    say("ended")


if __name__ == "__main__":
    main()
