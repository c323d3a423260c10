"""What a remote action's types are: those that it is declared with."""

from typing import Never, assert_type

from genkit_trio import Action, ActionResponse, RemoteAction, RemoteOptions, Retry
from genkit_trio.asgi import ContextProvider, RequestData, api_key

URL = "https://api.example/summarize"


class Summary: ...


whole = RemoteAction(URL, input=str, output=Summary, chunk=int)
plain = RemoteAction(URL, input=str, output=Summary, retry=Retry(attempts=2), timeout=3)
without = RemoteAction(URL, output=Summary, remote=RemoteOptions(context_header="x-context"))
sending = RemoteAction(URL, output=Summary, chunk=int, name="other")
union = RemoteAction[str, int | None, Never](URL, input=str, output=int | None)
anything: Action[str, Summary, int] = whole


def inferred() -> None:
    assert_type(whole, RemoteAction[str, Summary, int])
    assert_type(plain, RemoteAction[str, Summary, Never])
    assert_type(without, RemoteAction[None, Summary, Never])
    assert_type(sending, RemoteAction[None, Summary, int])
    assert_type(whole.url, str)


async def called() -> None:
    assert_type(await whole("a"), Summary)
    assert_type(await without(), Summary)
    assert_type(await union("a"), int | None)
    assert_type(await plain.run("a"), ActionResponse[Summary])
    async with whole.stream("a") as stream:
        async for chunk in stream:
            assert_type(chunk, int)
        assert_type(await stream.output(), Summary)
    await whole(1)  # type: ignore[arg-type]  # because its input is a string  # pyright: ignore[reportArgumentType]  # because its input is a string


def provide(request: RequestData) -> dict[str, str]:
    assert_type(request.method, str)
    return {"user": request.headers["x-user"]}


async def provide_later(request: RequestData) -> dict[str, str]:
    return provide(request)


providers: list[ContextProvider] = [api_key("key"), api_key(["old", "new"]), provide, provide_later]

RemoteAction(URL, output=Summary, wrong=1)  # type: ignore[call-overload]  # because there is no such option  # pyright: ignore[reportCallIssue]  # because there is no such option
