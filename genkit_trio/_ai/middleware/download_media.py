"""Media that a model cannot fetch itself."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Final

import attrs

from ..._core import run_all
from ..part import Part
from ..request import ModelRequest
from ..response import ModelResponse
from .download import Download, Fetched
from .hooks import Middleware, ModelHookParams, NextModel

_AT_ONCE: Final = 4
"""Each download is held in memory until the request is made."""


@attrs.frozen(kw_only=True)
class DownloadMedia(Middleware):
    """Fetches the media that a request names by ``http`` or ``https``, and gives it to the model as ``data:`` URLs.

    Whoever writes the URLs of a request lets this process fetch them and the model see what comes. Where that is
    not you, name the hosts in *allowed_hosts*. Without them, only hosts on the public internet are asked: an
    address inside a network, such as a cloud's metadata server, is refused, also when a redirect leads there.

    Args:
      max_bytes: how large one medium may be.
      allowed_hosts: the only hosts that are asked; these may be inside a network.
      filter: whether to fetch the medium of a part; `None` for all.
    """

    middleware_name: ClassVar[str] = "downloadMedia"

    max_bytes: int = 10 * 1024 * 1024
    allowed_hosts: Sequence[str] | None = None
    filter: Callable[[Part], bool] | None = attrs.field(default=None, metadata={"wire": False})

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Call the model with the media in place.

        Raises:
          GenkitError: ``INVALID_ARGUMENT`` for a medium that cannot be had or must not be fetched, ``UNAVAILABLE``
            when its server does not answer.
        """
        urls = dict.fromkeys(
            part.media.url for message in params.request.messages for part in message.content
            if part.media is not None and self._is_wanted(part)
        )  # fmt: skip
        if not urls:
            return await next_fn(params)
        allowed = None if self.allowed_hosts is None else frozenset(host.lower() for host in self.allowed_hosts)
        download = Download(self.max_bytes, allowed)
        fetched = await run_all(*(partial(download.fetch, url) for url in urls), limit=_AT_ONCE)
        request = self._with_media(params.request, dict(zip(urls, fetched, strict=True)))
        return await next_fn(attrs.evolve(params, request=request))

    def _is_wanted(self, part: Part) -> bool:
        if part.media is None or not part.media.url.lower().startswith(("http://", "https://")):
            return False
        return self.filter is None or self.filter(part)

    def _with_media(self, request: ModelRequest, fetched: dict[str, Fetched]) -> ModelRequest:
        messages = [
            attrs.evolve(message, content=[self._inline(part, fetched) for part in message.content])
            for message in request.messages
        ]
        return attrs.evolve(request, messages=messages)

    def _inline(self, part: Part, fetched: dict[str, Fetched]) -> Part:
        medium = None if part.media is None else fetched.get(part.media.url)
        if part.media is None or medium is None or not self._is_wanted(part):
            return part
        content_type = part.media.content_type or medium.content_type
        url = f"data:{content_type};base64,{b64encode(medium.content).decode()}"
        return attrs.evolve(part, media=attrs.evolve(part.media, url=url, content_type=content_type or None))
