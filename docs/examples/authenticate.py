"""Who is calling, found out from the request before anything runs."""

import trio

from genkit_trio import Genkit, PublicError, RunContext
from genkit_trio.asgi import RequestData, api_key, flow_app
from genkit_trio.testing import JSON_HEADERS, post

ai = Genkit()
TENANTS = {"acme": "Acme"}


@ai.flow
async def whoami(ctx: RunContext[str]) -> str:
    return f"{ctx.context['tenant']}, by the key {ctx.context['auth']['apiKey']!r}"


async def tenant(request: RequestData) -> dict[str, str]:
    name = request.headers.get("x-tenant", "")
    if name not in TENANTS:
        raise PublicError("PERMISSION_DENIED", f"there is no tenant {name!r}")
    return {"tenant": TENANTS[name]}


async def main() -> None:
    app = flow_app(ai, context=[api_key(["old key", "new key"]), tenant])
    for headers in ({}, {"authorization": "new key"}, {"authorization": "new key", "x-tenant": "acme"}):
        answer = await post(app, "/whoami", headers={**JSON_HEADERS, **headers})
        print(answer.status, answer.body.decode())


trio.run(main)
