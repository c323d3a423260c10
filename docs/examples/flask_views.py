"""A Flask application whose views call and stream flows."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack

from flask import Flask, Response, request

from genkit_trio import Genkit, GenkitError, PublicError, RunContext, Status
from genkit_trio.hosts import open_portal

ai = Genkit()


@ai.flow(timeout=30)
async def greet(name: str) -> str:
    if not name:
        raise PublicError(Status.INVALID_ARGUMENT, "everybody has a name")
    return f"Hello, {name}!"


@ai.flow(timeout=30)
async def spell(word: str, ctx: RunContext[str]) -> str:
    for letter in word:
        await ctx.send_chunk(letter)
    return word


closing = ExitStack()
portal = closing.enter_context(open_portal(ai))
atexit.register(closing.close)

app = Flask(__name__)


@app.get("/greet/")
@app.get("/greet/<name>")
def greeting(name: str = "") -> dict[str, str]:
    who = {"auth": request.headers.get("authorization")}
    return {"greeting": portal.call(greet, name, context=who)}


@app.get("/spell/<word>")
def spelling(word: str) -> Response:
    def lines() -> Iterator[str]:
        with portal.stream(spell, word) as stream:
            for letter in stream:
                yield f"{letter}\n"

    return Response(lines(), mimetype="text/plain")


@app.errorhandler(GenkitError)
def explain(error: GenkitError) -> tuple[dict[str, str], int]:
    text = error.message if isinstance(error, PublicError) else error.status.sentence
    return {"error": text}, error.status.http


if __name__ == "__main__":
    client = app.test_client()
    for path in ("/greet/Ada", "/greet/", "/spell/trio"):
        answer = client.get(path)
        print(answer.status_code, answer.text.strip())
