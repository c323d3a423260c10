"""Rows about request lines and headers."""

from tests.server.h1.rows import GET, HEAD, LENGTH_2, asked, got, handed_over, refused, served, unfinished

SECOND = "the bytes behind it would be taken for a request by one server and not by the other"
LINES = "RFC 9112 §2.2 and §3: one space, one CRLF, nothing else between the parts of a line"
NAMES = "RFC 9110 §5.1: a name is a token, and no space comes before its colon"
VALUES = "RFC 9110 §5.5: no control characters in a value"
VERSIONS = "HTTP/1.1 and 1.0 are spoken here, others have their own framing"
ONE_HOST = "RFC 9112 §3.2: exactly one Host in HTTP/1.1, and a sound one: who routes by it must see the same"
TOO_LARGE = "the head is bounded in bytes and in fields"
HANDED = "this class serves plain requests only; Hypercorn's protocol judges it"
EMPTY = "RFC 9112 §2.2 would have one ignored for the sake of clients that nobody has any more"
UNKNOWN = "a method that llhttp does not know, if it is one at all; Hypercorn's protocol judges it"
UPGRADE = b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: "
WEBSOCKET = UPGRADE + b"websocket\r\nsec-websocket-key: dGhlIHNhbXBsZQ==\r\nsec-websocket-version: 13\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD_SIZE = 16 * 1024
FIELDS = 100


def _line(line: bytes) -> bytes:
    return line + b"\r\nhost: test\r\n\r\n"


def _with(*lines: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nhost: test\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def _host(value: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nhost: " + value + b"\r\n\r\n"


def _of_size(size: int) -> bytes:
    """Make a head of so many bytes, without the empty line that ends it."""
    return _with(b"a: " + b"b" * (size + 4 - len(_with(b"a: "))))


SERVED = [
    served("a GET", GET, got(), why="the plain case"),
    served(
        "HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n", got(bare=True, version="1.0", keep_alive=False), why="no Host needed"
    ),
    served(
        "HTTP/1.0 that stays",
        b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        got((b"connection", b"keep-alive"), bare=True, version="1.0"),
        why="it asks for it",
    ),
    served(
        "Connection: close",
        _with(b"connection: close"),
        got((b"connection", b"close"), keep_alive=False),
        why="it asks for it",
    ),
    served(
        "Connection: close among others",
        _with(b"connection: te, Close"),
        got((b"connection", b"te, Close"), keep_alive=False),
        why="a list, in any case of letters",
    ),
    served(
        "bytes behind Connection: close",
        _with(b"connection: close") + GET,
        got((b"connection", b"close"), keep_alive=False),
        why="RFC 9112 §9.6: what follows the last request is not looked at",
        classic="bytes behind the last request",
    ),
    served(
        "an absolute target",
        _line(b"GET http://test/a HTTP/1.1"),
        got(target=b"/a"),
        why="RFC 9112 §3.2.2: the origin is left out, which is what was asked for with Host",
    ),
    served("the target *", _line(b"OPTIONS * HTTP/1.1"), asked(method="OPTIONS", target=b"*"), why="§3.2.4"),
    served("a query", _line(b"GET /a?b=c&d HTTP/1.1"), got(target=b"/a?b=c&d"), why="§3.2.1"),
    served("a target that is percent-encoded", _line(b"GET /%ff%00 HTTP/1.1"), got(target=b"/%ff%00"), why="as it is"),
    served("an empty value", _with(b"a:"), got((b"a", b"")), why="RFC 9110 §5.5"),
    served("space around a value", _with(b"a: \t b \t "), got((b"a", b"b")), why="it is not part of the value"),
    served("a tab in a value", _with(b"a: b\tc"), got((b"a", b"b\tc")), why="RFC 9110 §5.5"),
    served("a value that is not ASCII", _with(b"a: \xc3\xa4\xff"), got((b"a", b"\xc3\xa4\xff")), why="obs-text"),
    served(
        "a name of all its letters", _with(b"!#$%&'*+-.^_`|~0aZ: b"), got((b"!#$%&'*+-.^_`|~0az", b"b")), why="a token"
    ),
    served("one name twice", _with(b"a: b", b"A: c"), got((b"a", b"b"), (b"a", b"c")), why="both, in their order"),
    served("a host with a port", _host(b"test:80"), got((b"host", b"test:80"), bare=True), why="RFC 9110 §7.2"),
    served("a host of IPv6", _host(b"[::1]:80"), got((b"host", b"[::1]:80"), bare=True), why="RFC 9110 §7.2"),
    served("an empty host", _host(b""), got((b"host", b""), bare=True), why="RFC 9110 §7.2 asks for it at times"),
    served(
        "Expect: 100-continue",
        HEAD + b"expect: 100-Continue\r\ncontent-length: 2\r\n\r\nok",
        asked((b"expect", b"100-Continue"), LENGTH_2, body=b"ok", expects_continue=True),
        why="it is for the application's first look at the body",
    ),
    served(
        "Expect: 100-continue in HTTP/1.0",
        b"POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nok",
        asked((b"expect", b"100-continue"), LENGTH_2, bare=True, body=b"ok", version="1.0", keep_alive=False),
        why="RFC 9110 §10.1.1: ignored",
    ),
    served("three requests in a row", GET * 3, got(), got(), got(), why="pipelining"),
    served("100 fields", _with(*[b"a: b"] * (FIELDS - 1)), got(*[(b"a", b"b")] * (FIELDS - 1)), why="the limit itself"),
    served(
        "a head of 16 KiB",
        _of_size(HEAD_SIZE),
        got((b"a", b"b" * (HEAD_SIZE + 4 - len(_with(b"a: "))))),
        why="the limit itself",
    ),
]
UNFINISHED = [
    unfinished("a letter", b"G", why="more may follow"),
    unfinished("a head without its end", _with(b"a: b")[:-2], why="more may follow"),
    unfinished("a line without its line feed", b"GET / HTTP/1.1\r", why="more may follow"),
    unfinished("a request and half of one", GET + GET[:20], got(), why="the first is answered"),
]
HANDED_OVER = [
    handed_over("a preface of HTTP/2", PREFACE, answered=0, why=HANDED, classic="PRI: prior knowledge of HTTP/2"),
    handed_over("a preface and frames", PREFACE + bytes(9), answered=0, why=HANDED),
    handed_over("the start of a preface", b"PRI ", answered=0, why=HANDED),
    handed_over("a WebSocket", WEBSOCKET, answered=403, why=HANDED, classic="an upgrade to WebSocket"),
    handed_over("a WebSocket and its frames", WEBSOCKET + b"\x81\x80abcd", answered=0, why=HANDED),
    handed_over("a WebSocket behind a request", GET + WEBSOCKET, got(), after=len(GET), answered=403, why=HANDED),
    handed_over(
        "an upgrade to h2c",
        UPGRADE + b"h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n",
        answered=101,
        why=HANDED,
        classic="h2c: an upgrade to HTTP/2",
    ),
    handed_over("an upgrade that nobody knows", UPGRADE + b"tea\r\n\r\n", answered=200, why=HANDED),
    handed_over(
        "an upgrade with a body",
        HEAD + b"connection: upgrade\r\nupgrade: tea\r\ncontent-length: 2\r\n\r\nok",
        answered=200,
        why=HANDED,
        classic="an upgrade with a body",
    ),
    handed_over("Upgrade without Connection", _with(b"upgrade: h2c"), answered=200, why=HANDED),
    handed_over(
        "a tunnel",
        b"CONNECT test:80 HTTP/1.1\r\nhost: test\r\n\r\n",
        answered=405,
        why=HANDED,
        classic="CONNECT: a tunnel",
    ),
    handed_over("a space before the method", _line(b" GET / HTTP/1.1"), why=UNKNOWN, answered=400),
    handed_over("a tab for a space", _line(b"GET\t/\tHTTP/1.1"), why=UNKNOWN, answered=400),
    handed_over("a method that nobody knows", _line(b"BREW / HTTP/1.1"), why=UNKNOWN, answered=200),
    handed_over("a method in small letters", _line(b"get / HTTP/1.1"), why=UNKNOWN, answered=200),
    handed_over("no method", _line(b" / HTTP/1.1"), why=UNKNOWN, answered=400),
    handed_over("the line of a proxy", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GET, why=UNKNOWN, answered=400),
    handed_over(
        "a handshake of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), why=UNKNOWN, answered=400
    ),
    handed_over("a mail", b"EHLO test\r\n\r\n", why=UNKNOWN, answered=400),
    handed_over("a response", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", why=UNKNOWN, answered=400),
    handed_over("zeros", bytes(100), why=UNKNOWN, answered=400),
    handed_over("ones", b"\xff" * 100 + b"\r\n\r\n", why=UNKNOWN, answered=400),
    handed_over(
        "a preface behind a request",
        GET + PREFACE,
        got(),
        after=len(GET),
        why="HTTP/2 begins with a connection",
        classic="PRI behind a request",
        answered=0,
    ),
    handed_over(
        "half a preface's name in HTTP/1.1",
        GET + _line(b"PRI / HTTP/1.1"),
        got(),
        after=len(GET),
        why="HTTP/2 begins with a connection",
        answered=200,
    ),
    handed_over(
        "a sound request and then another thing",
        GET + b"\x00\x01",
        got(),
        after=len(GET),
        why="the sound one is answered first",
        answered=400,
    ),
]
REFUSED = [
    refused("two spaces behind the method", _line(b"GET  / HTTP/1.1"), why=LINES, classic="two spaces in the line"),
    refused("two spaces behind the target", _line(b"GET /  HTTP/1.1"), why=LINES),
    refused("a space behind the version", _line(b"GET / HTTP/1.1 "), why=LINES),
    refused("a space in the target", _line(b"GET /a b HTTP/1.1"), why=LINES, classic="a space in the target"),
    refused("a NUL in the target", _line(b"GET /\x00 HTTP/1.1"), why=LINES),
    refused("a tab in the target", _line(b"GET /a\tb HTTP/1.1"), why=LINES),
    refused("a target that is not ASCII", _line(b"GET /\xff HTTP/1.1"), why="RFC 3986: it is not a URI"),
    refused("a target that is none", _line(b"GET a HTTP/1.1"), why="RFC 9112 §3.2"),
    refused("the target of a tunnel for a GET", _line(b"GET test:80 HTTP/1.1"), why="RFC 9112 §3.2.3"),
    refused(
        "a bare line feed behind the line",
        b"GET / HTTP/1.1\nhost: test\r\n\r\n",
        why=SECOND,
        classic="bare LF: request line",
    ),
    refused("a bare line feed behind a header", GET[:-2] + b"a: b\n\r\n", why=SECOND, classic="bare LF: header"),
    refused("a bare line feed at the end", GET[:-2] + b"\n", why=SECOND, classic="bare LF: end of the head"),
    refused("bare line feeds alone", GET.replace(b"\r", b""), why=SECOND),
    refused("an empty line before the line", b"\r\n" + GET, why=EMPTY, classic="an empty line before a request"),
    refused("an empty line behind a request", GET + b"\r\n" + GET, got(), why=EMPTY),
    refused("nothing but an empty line", b"\r\n", why=EMPTY),
    refused("a line feed before the line", b"\n" + GET, why=SECOND),
    refused("a carriage return before the line", b"\r" + GET, why=SECOND),
    refused("a bare carriage return in a value", _with(b"a: b\rc"), why=SECOND, classic="bare CR: value"),
    refused("a carriage return too many", _with(b"a: b\r"), why=SECOND, classic="CR CR LF"),
    refused("a bare carriage return at the end", GET[:-2] + b"\rx", why=SECOND),
    refused("a folded line", _with(b"a: b", b" c"), why=SECOND, classic="obs-fold: space"),
    refused("a folded line with a tab", _with(b"a: b", b"\tc"), why=SECOND, classic="obs-fold: tab"),
    refused(
        "a folded first line", b"GET / HTTP/1.1\r\n host: test\r\n\r\n", why=SECOND, classic="obs-fold: first header"
    ),
    refused(
        "a folded length", HEAD + b"content-length:\r\n 2\r\n\r\nok", why=SECOND, classic="obs-fold: Content-Length"
    ),
    refused("a space before a colon", _with(b"a : b"), why=NAMES, classic="a space before the colon"),
    refused("a space in a name", _with(b"a b: c"), why=NAMES),
    refused("a NUL in a name", _with(b"a\x00b: c"), why=NAMES),
    refused("a name that is not ASCII", _with(b"a\xe4: c"), why=NAMES),
    refused("brackets in a name", _with(b"a[]: c"), why=NAMES),
    refused("no name", _with(b": b"), why=NAMES),
    refused("no colon", _with(b"abc"), why=NAMES),
    refused("a NUL in a value", _with(b"a: b\x00c"), why=VALUES, classic="NUL in a value"),
    refused("a vertical tab in a value", _with(b"a: b\x0bc"), why=VALUES),
    refused("an escape in a value", _with(b"a: b\x1bc"), why=VALUES),
    refused("a DEL in a value", _with(b"a: b\x7fc"), why=VALUES),
    refused("no version", b"GET /\r\n\r\n", why=VERSIONS, classic="HTTP/0.9: no version"),
    refused("HTTP/0.9", _line(b"GET / HTTP/0.9"), status=505, why=VERSIONS, classic="HTTP/0.9"),
    refused("HTTP/1.2", _line(b"GET / HTTP/1.2"), status=505, why=VERSIONS),
    refused("HTTP/2.0", _line(b"GET / HTTP/2.0"), status=505, why=VERSIONS, classic="HTTP/2.0 in a line"),
    refused("HTTP/3.0", _line(b"GET / HTTP/3.0"), status=505, why=VERSIONS),
    refused("HTTP/1.10", _line(b"GET / HTTP/1.10"), why=VERSIONS),
    refused("HTTP/01.1", _line(b"GET / HTTP/01.1"), why=VERSIONS),
    refused("HTTP/1", _line(b"GET / HTTP/1"), why=VERSIONS),
    refused("http/1.1 in small letters", _line(b"GET / http/1.1"), why=VERSIONS),
    refused("another protocol", _line(b"GET / ICY/1.1"), why=VERSIONS),
    refused(
        "RTSP", _line(b"OPTIONS / RTSP/1.1"), why="llhttp speaks RTSP too, this server does not", classic="RTSP/1.1"
    ),
    refused("ICE", _line(b"SOURCE / ICE/1.1"), why="llhttp speaks ICE too, this server does not", classic="ICE/1.1"),
    refused("no host", b"GET / HTTP/1.1\r\n\r\n", why=ONE_HOST, classic="no Host"),
    refused("two hosts", _with(b"host: test"), why=ONE_HOST, classic="two Hosts"),
    refused("two hosts in HTTP/1.0", _with(b"host: other").replace(b"1.1", b"1.0"), why=ONE_HOST),
    refused("a host with a slash", _host(b"a/b"), why=ONE_HOST, classic="a Host that is none"),
    refused("a host with a backslash", _host(b"a\\b"), why=ONE_HOST),
    refused("a host with an at sign", _host(b"a@b"), why=ONE_HOST),
    refused("a host with a space", _host(b"a b"), why=ONE_HOST),
    refused("a host that is not ASCII", _host(b"\xff"), why=ONE_HOST),
    refused("a host with a question mark", _host(b"a?b"), why=ONE_HOST),
    refused("a bad host in HTTP/1.0", _host(b"a b").replace(b"1.1", b"1.0"), why=ONE_HOST),
    refused("101 fields", _with(*[b"a: b"] * FIELDS), status=431, why=TOO_LARGE),
    refused("10,000 fields", _with(*[b"a: b"] * 10_000), status=431, why=TOO_LARGE),
    refused("a head of 16 KiB and a byte", _of_size(HEAD_SIZE + 1), status=431, why=TOO_LARGE),
    refused("a head without end", _of_size(HEAD_SIZE * 2)[:-4], status=431, why=TOO_LARGE),
    refused("a target of 40 KB", _line(b"GET /" + b"a" * 40_000 + b" HTTP/1.1"), status=431, why=TOO_LARGE),
    refused("a value of 40 KB", _with(b"a: " + b"b" * 40_000), status=431, why=TOO_LARGE),
    refused("a name of 40 KB", _with(b"a" * 40_000 + b": b"), status=431, why=TOO_LARGE),
    refused("empty lines for 40 KB", b"\r\n" * 20_000, why=EMPTY),
    refused("a second head that is too large", GET + _of_size(HEAD_SIZE + 1), got(), status=431, why=TOO_LARGE),
]
HEADS = [*SERVED, *UNFINISHED, *HANDED_OVER, *REFUSED]
