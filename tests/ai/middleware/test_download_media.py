"""Media that a model cannot fetch itself."""

import attrs
import pytest
import trio

from genkit_trio import GenkitError, Status
from genkit_trio._ai import DownloadMedia, Media, Message, ModelRequest, Part
from genkit_trio._ai.middleware.download import Download, _is_public
from genkit_trio.testing import scripted_model
from tests.ai.middleware.calls import ask, request_of
from tests.ai.middleware.web import page, serving

pytestmark = pytest.mark.io

LOCAL = DownloadMedia(allowed_hosts=["127.0.0.1", "localhost"], max_bytes=1000)


class Resolver(trio.abc.HostnameResolver):
    """Every name has the same addresses."""

    def __init__(self, *addresses):
        self.addresses = addresses

    async def getaddrinfo(self, host, port, *rest):
        return [(2, 1, 6, "", (address, port)) for address in self.addresses]

    async def getnameinfo(self, sockaddr, flags):
        raise NotImplementedError


def request_with(*parts):
    return ModelRequest(messages=[Message("user", list(parts))])


async def fetched(url, middleware=LOCAL):
    model = scripted_model("nice")
    with trio.fail_after(5):
        await ask(model, middleware, request=request_with(Part.from_media(url)))
    return model.last_request.messages[0].content[0].media


async def refusal_of(url, middleware=LOCAL):
    with pytest.raises(GenkitError) as caught:
        await fetched(url, middleware)
    return caught.value


async def test_a_medium_is_given_to_the_model_as_a_data_url():
    async with serving({"/cat.png": page(b"meow", content_type="image/png")}) as (address, requests):
        media = await fetched(f"{address}/cat.png")
    assert media == Media("data:image/png;base64,bWVvdw==", "image/png")
    assert "accept-encoding: identity" in requests[0].lower()
    assert f"host: {address.removeprefix('http://')}" in requests[0].lower()


async def test_what_else_is_in_the_request_stays():
    async with serving({"/cat.png": page(b"meow", content_type="image/png")}) as (address, _):
        parts = [
            Part("Look:"),
            Part.from_media("data:text/plain,hi"),
            Part.from_media("gs://bucket/dog.png"),
            Part.from_media(f"{address}/cat.png", "image/webp", metadata={"alt": "a cat"}),
        ]
        model = scripted_model("nice")
        request = attrs.evolve(request_with(*parts), config={"temperature": 0})
        await ask(model, LOCAL, request=request)
    assert model.last_request.config == {"temperature": 0}
    [message] = model.last_request.messages
    assert message.content[:3] == parts[:3]
    assert message.content[3].metadata == {"alt": "a cat"}
    assert message.content[3].media == Media("data:image/webp;base64,bWVvdw==", "image/webp")


async def test_a_request_without_media_is_left_as_it_is():
    model = scripted_model("hello")
    request = request_of()
    await ask(model, LOCAL, request=request)
    assert model.last_request is request


async def test_the_same_medium_is_fetched_once():
    async with serving({"/cat.png": page(b"meow")}) as (address, requests):
        part = Part.from_media(f"{address}/cat.png")
        model = scripted_model("nice")
        await ask(model, LOCAL, request=ModelRequest(messages=[Message("user", part), Message("model", part)]))
    assert len(requests) == 1
    media = [message.media[0] for message in model.last_request.messages]
    assert media == [Media("data:;base64,bWVvdw==")] * 2


async def test_several_media_are_fetched_at_once():
    meeting = trio.Event()

    async def wait(stream):
        await meeting.wait()
        await stream.send_all(page(b"a"))

    async def meet(stream):
        meeting.set()
        await stream.send_all(page(b"b"))

    async with serving({"/a": wait, "/b": meet}) as (address, _):
        model = scripted_model("nice")
        with trio.fail_after(5):
            await ask(
                model,
                LOCAL,
                request=request_with(Part.from_media(f"{address}/a"), Part.from_media(f"{address}/b")),
            )
    assert [part.media.url[-4:] for part in model.last_request.messages[0].content] == ["YQ==", "Yg=="]


async def test_a_filter_leaves_media_where_they_are():
    picture = Part.from_media("https://example.com/cat.png")
    model = scripted_model("nice")
    await ask(model, DownloadMedia(filter=lambda part: part is not picture), request=request_with(picture))
    assert model.last_request.messages[0].content == [picture]


async def test_the_same_medium_may_be_wanted_in_one_part_only():
    async with serving({"/cat.png": page(b"meow")}) as (address, _):
        wanted, unwanted = Part.from_media(f"{address}/cat.png"), Part.from_media(f"{address}/cat.png")
        model = scripted_model("nice")
        middleware = attrs.evolve(LOCAL, filter=lambda part: part is wanted)
        await ask(model, middleware, request=request_with(wanted, unwanted))
    first, second = model.last_request.messages[0].content
    assert (first.media.url[:5], second) == ("data:", unwanted)


async def test_a_redirect_is_followed():
    pages = {"/old": page(status="302 Found", location="/new"), "/new": page(b"meow", content_type="image/png")}
    async with serving(pages) as (address, _):
        assert (await fetched(f"{address}/old")).content_type == "image/png"


async def test_a_redirect_without_a_place_is_an_error():
    async with serving({"/": page(status="302 Found")}) as (address, _):
        assert (await refusal_of(f"{address}/")).message.endswith(": HTTP 302")


async def test_redirects_without_end_are_refused():
    async with serving({"/": page(status="302 Found", location="/")}) as (address, requests):
        refusal = await refusal_of(f"{address}/")
    assert refusal.message == f"could not download media '{address}/': it leads through more than 5 redirects"
    assert len(requests) == 5


@pytest.mark.parametrize("location", ["http://example.com/cat.png", "file:///etc/passwd", "http://[::1"])
async def test_a_redirect_leads_nowhere_the_url_may_not(location):
    async with serving({"/": page(status="302 Found", location=location)}) as (address, _):
        assert (await refusal_of(f"{address}/")).status is Status.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("404 Not Found", Status.INVALID_ARGUMENT),
        ("503 Service Unavailable", Status.UNAVAILABLE),
        ("429 Too Many Requests", Status.UNAVAILABLE),
    ],
)
async def test_the_status_tells_whether_to_try_again(status, expected):
    async with serving({"/": page(status=status)}) as (address, _):
        refusal = await refusal_of(f"{address}/")
    assert (refusal.status, refusal.message[-8:]) == (expected, f"HTTP {status[:3]}")


async def test_a_medium_that_is_too_large_is_given_up_on_the_way():
    async def endless(stream):
        await stream.send_all(page(content_length=10**12))
        with pytest.raises(trio.BrokenResourceError):
            while True:
                await stream.send_all(bytes(10_000))

    async with serving({"/": endless}) as (address, _):
        refusal = await refusal_of(f"{address}/")
    assert refusal.message.endswith("it is larger than 1000 bytes; raise max_bytes to allow it")


async def test_what_is_compressed_is_refused():
    """A small answer cannot become a large one."""
    async with serving({"/": page(b"zip", content_encoding="gzip")}) as (address, _):
        assert "it is compressed" in (await refusal_of(f"{address}/")).message


async def test_a_server_that_is_not_there_is_unavailable():
    listener, *_ = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    refusal = await refusal_of(f"http://127.0.0.1:{port}/")
    assert (refusal.status, refusal.message[-13:]) == (Status.UNAVAILABLE, "ConnectError)")


async def test_a_server_that_breaks_off_is_unavailable():
    async def break_off(stream):
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe")

    async with serving({"/": break_off}) as (address, _):
        assert (await refusal_of(f"{address}/")).status is Status.UNAVAILABLE


@pytest.mark.parametrize("url", ["http://", "http://a:b:c/", "HTTP://\n/"])
async def test_what_is_no_url_is_refused(url):
    assert (await refusal_of(url, DownloadMedia())).status is Status.INVALID_ARGUMENT


async def test_only_the_hosts_that_are_allowed_are_asked():
    refusal = await refusal_of("http://example.com/cat.png")
    assert "host 'example.com' is not among the allowed ones" in refusal.message


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]"]
)
async def test_a_host_inside_the_network_is_not_asked(host):
    """So that nobody reads a cloud's metadata server through a model."""
    refusal = await refusal_of(f"http://{host}/latest/meta-data", DownloadMedia())
    assert "is not on the public internet; allow it by allowed_hosts" in refusal.message


async def test_a_host_with_one_address_inside_the_network_is_not_asked():
    trio.socket.set_custom_hostname_resolver(Resolver("93.184.216.34", "10.0.0.1"))
    assert "not on the public internet" in (await refusal_of("http://example.com/", DownloadMedia())).message


async def test_the_next_address_is_asked_when_one_is_out_of_reach():
    # Nobody listens on the other one.
    trio.socket.set_custom_hostname_resolver(Resolver("::1", "127.0.0.1"))
    async with serving({"/": page(b"meow")}) as (address, requests):
        port = address.rpartition(":")[2]
        await fetched(f"http://cats.example:{port}/", DownloadMedia(allowed_hosts=["Cats.Example"]))
    assert f"host: cats.example:{port}" in requests[0].lower()


async def test_a_name_that_cannot_be_looked_up_is_refused():
    refusal = await refusal_of("http://" + "a" * 64 + ".example/", DownloadMedia())
    assert refusal.status in (Status.INVALID_ARGUMENT, Status.UNAVAILABLE)


async def test_a_download_is_cancelled_with_its_request(autojump_clock):
    async def silent(stream):
        await trio.sleep_forever()

    async with serving({"/": silent}) as (address, _):
        with trio.move_on_after(0.1) as scope:
            await Download(10, frozenset({"127.0.0.1"})).fetch(f"{address}/")
    assert scope.cancelled_caught


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("0.0.0.0", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.216.34", True),
        ("2002:0a00:0001::", False),
    ],
)
def test_public_addresses(address, public):
    assert _is_public(address) is public
