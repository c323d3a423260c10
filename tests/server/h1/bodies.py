"""Rows about the length of a body, and chunks."""

from tests.server.h1.rows import (
    CHUNKED,
    CODED,
    GET,
    HEAD,
    LENGTH_2,
    SMUGGLED,
    asked,
    got,
    refused,
    served,
    unfinished,
)

BOTH = "RFC 9112 §6.1: a proxy and a server may go by different ones of the two"
LENGTHS = "RFC 9110 §8.6: digits, once"
CODINGS = "RFC 9112 §6.1: chunked, once and last; no other coding is spoken here"
SIZES = "RFC 9112 §7.1: hexadecimal digits, then CRLF or an extension"
ENDS = "RFC 9112 §7.1: a chunk ends where its size says, with CRLF"
EXTENSIONS = "RFC 9112 §7.1.1: what an extension is made of, up to a CRLF"
OVERHEAD = "what is neither body nor the frame of a chunk is bounded"
TRAILERS = "RFC 9112 §7.1.2: they are discarded, and mean nothing"
LAST = b"0\r\n\r\n"


def _length(value: bytes) -> bytes:
    return HEAD + b"content-length: " + value + b"\r\n\r\nok"


def _coded(*values: bytes) -> bytes:
    return HEAD + b"".join(b"transfer-encoding: " + value + b"\r\n" for value in values) + b"\r\n" + LAST


def _chunks(body: bytes) -> bytes:
    return CHUNKED + body


OK = asked(CODED, body=b"ok")

SERVED = [
    served("a body with a length", _length(b"2"), asked(LENGTH_2, body=b"ok"), why="the plain case"),
    served("a length of 0", HEAD + b"content-length: 0\r\n\r\n", asked((b"content-length", b"0")), why="an empty body"),
    served("no length", HEAD + b"\r\n", asked(), why="RFC 9112 §6.3: then there is no body"),
    served(
        "space around a length", _length(b" \t2 \t"), asked(LENGTH_2, body=b"ok"), why="it is not part of the value"
    ),
    served(
        "a length with zeros in front", _length(b"0002"), asked((b"content-length", b"0002"), body=b"ok"), why=LENGTHS
    ),
    served(
        "a GET with a body",
        b"GET / HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\nok",
        got(LENGTH_2, body=b"ok"),
        why="RFC 9110 §9.3.1: it means nothing, but it is framed",
    ),
    served("bodies in a row", _length(b"2") * 2 + GET, *[asked(LENGTH_2, body=b"ok")] * 2, got(), why="pipelining"),
    served(
        "an underscore for the hyphen",
        HEAD + b"transfer_encoding: chunked\r\ncontent_length: 9\r\n\r\n",
        asked((b"transfer_encoding", b"chunked"), (b"content_length", b"9")),
        why="other names, without a meaning",
        classic="an underscore for the hyphen",
    ),
    served("a body in a chunk", _chunks(b"2\r\nok\r\n" + LAST), OK, why="the plain case"),
    served("a body in two chunks", _chunks(b"1\r\no\r\n1\r\nk\r\n" + LAST), OK, why="the plain case"),
    served("chunks without a body", _chunks(LAST), asked(CODED), why="an empty body"),
    served("two bodies in chunks", _chunks(b"2\r\nok\r\n" + LAST) * 2, OK, OK, why="pipelining"),
    served(
        "Chunked in capitals",
        HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n" + LAST,
        asked((b"transfer-encoding", b"CHUNKED"), body=b"ok"),
        why="RFC 9112 §7: in any case of letters",
        classic="TE.TE: capitals",
    ),
    served(
        "chunked behind a tab",
        _coded(b"\tchunked"),
        asked(CODED),
        why="space around a value is not part of it",
        classic="TE.TE: a tab before the value",
    ),
    served("a size with zeros in front", _chunks(b"00002\r\nok\r\n000\r\n\r\n"), OK, why=SIZES),
    served("a size in capitals", _chunks(b"A\r\n0123456789\r\n" + LAST), asked(CODED, body=b"0123456789"), why=SIZES),
    served("an extension", _chunks(b"2;a=b\r\nok\r\n" + LAST), OK, why=EXTENSIONS, classic="a chunk extension"),
    served("an extension without a value", _chunks(b"2;a\r\nok\r\n0;b\r\n\r\n"), OK, why=EXTENSIONS),
    served("an extension in quotes", _chunks(b'2;a="b c"\r\nok\r\n' + LAST), OK, why=EXTENSIONS),
    served("trailers", _chunks(b"2\r\nok\r\n0\r\na: b\r\nc: d\r\n\r\n"), OK, why=TRAILERS, classic="trailers"),
    served(
        "trailers that are not headers",
        _chunks(b"2\r\nok\r\n0\r\nhost: other\r\nexpect: 100-continue\r\ncookie: a\r\n\r\n") + GET,
        OK,
        got(),
        why=TRAILERS,
        classic="Host in a trailer",
    ),
    served(
        "Connection: close in a trailer",
        _chunks(b"2\r\nok\r\n0\r\nconnection: close\r\n\r\n") + GET,
        OK,
        got(),
        why=TRAILERS,
    ),
    served(
        "an upgrade in a trailer",
        _chunks(b"2\r\nok\r\n0\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n") + GET,
        OK,
        got(),
        why=TRAILERS,
        classic="Upgrade in a trailer",
    ),
    served(
        "empty lines in chunks",
        _chunks(b"8\r\n\r\n\r\n\r\n\r\n\r\n4\r\n0\r\n\r\r\n3\r\n\n\r\n\r\n" + LAST) + GET,
        asked(CODED, body=b"\r\n" * 4 + b"0\r\n\r\n\r\n"),
        got(),
        why="only what is framed as an end is one",
    ),
    served(
        "10,000 chunks of one byte",
        _chunks(b"1\r\na\r\n" * 10_000 + LAST),
        asked(CODED, body=b"a" * 10_000),
        why="a frame is not too much beside the body",
    ),
]
UNFINISHED = [
    unfinished("a body that is too short", HEAD + b"content-length: 2\r\n\r\no", why="the rest may follow"),
    unfinished("a chunk that is too short", _chunks(b"2\r\no"), why="the rest may follow"),
    unfinished("chunks without the last", _chunks(b"2\r\nok\r\n"), why="the last may follow"),
    unfinished("trailers without their end", _chunks(b"0\r\na: b\r\n"), why="the end may follow"),
    unfinished(
        "a length of 19 digits", HEAD + b"content-length: 1" + b"0" * 18 + b"\r\n\r\n", why="the application refuses it"
    ),
]
LENGTHS_REFUSED = [
    refused(
        "a length of 21 digits",
        _length(b"0" * 20 + b"2"),
        why="no body is so long, and a server that counts digits refuses it",
    ),
    refused(
        "length beside chunks",
        HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n" + LAST + SMUGGLED,
        why=BOTH,
        classic="CL.TE",
    ),
    refused(
        "chunks beside length",
        HEAD + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n" + LAST + SMUGGLED,
        why=BOTH,
        classic="TE.CL",
    ),
    refused(
        "no length beside chunks",
        HEAD + b"content-length: 0\r\ntransfer-encoding: chunked\r\n\r\n" + LAST,
        why=BOTH,
        classic="CL.0 with TE",
    ),
    refused(
        "two lengths",
        HEAD + b"content-length: 0\r\ncontent-length: 40\r\n\r\n" + SMUGGLED,
        why=LENGTHS,
        classic="CL.CL: different",
    ),
    refused(
        "the same length twice",
        HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\nok",
        why=LENGTHS,
        classic="CL.CL: the same",
    ),
    refused("two lengths in one", _length(b"2, 3"), why=LENGTHS, classic="CL with a comma: different"),
    refused("the same length twice in one", _length(b"2, 2"), why=LENGTHS, classic="CL with a comma: the same"),
    refused("a negative length", _length(b"-1"), why=LENGTHS, classic="CL with a minus"),
    refused("a length with a plus", _length(b"+2"), why=LENGTHS, classic="CL with a plus"),
    refused("a length with a space", _length(b"0 2"), why=LENGTHS, classic="CL with a space"),
    refused("a length with a point", _length(b"2.0"), why=LENGTHS),
    refused("a length in hex", _length(b"0x2"), why=LENGTHS, classic="CL in hex"),
    refused("a length with an exponent", _length(b"2e0"), why=LENGTHS),
    refused("a length with an underscore", _length(b"1_0"), why=LENGTHS),
    refused("a length in Arabic digits", _length(b"\xd9\xa2"), why=LENGTHS),
    refused("a length with a NUL", _length(b"2\x00"), why=LENGTHS),
    refused("a length with a semicolon", _length(b"2;a"), why=LENGTHS),
    refused("a length in quotes", _length(b'"2"'), why=LENGTHS),
    refused("an empty length", _length(b""), why=LENGTHS, classic="CL that is empty"),
    refused("a length of 2**64", _length(b"18446744073709551616"), why=LENGTHS, classic="CL that overflows"),
    refused("a length of 2**64 + 2", _length(b"18446744073709551618"), why=LENGTHS),
    refused("a length of 5,000 digits", _length(b"9" * 5000), why=LENGTHS),
    refused(
        "a space before the colon of a length",
        HEAD + b"content-length : 2\r\n\r\nok",
        why=LENGTHS,
        classic="CL with a space before the colon",
    ),
]
CODINGS_REFUSED = [
    refused("gzip, then chunked", _coded(b"gzip, chunked"), status=501, why=CODINGS, classic="TE.TE: two codings"),
    refused("chunked, then gzip", _coded(b"chunked, gzip"), status=501, why=CODINGS),
    refused("gzip alone", _coded(b"gzip"), status=501, why=CODINGS),
    refused("chunked twice", _coded(b"chunked, chunked"), status=501, why=CODINGS),
    refused("chunked in two headers", _coded(b"chunked", b"chunked"), status=501, why=CODINGS, classic="TE.TE: twice"),
    refused(
        "identity behind chunked",
        _coded(b"chunked", b"identity"),
        status=501,
        why=CODINGS,
        classic="TE.TE: identity behind it",
    ),
    refused("identity before chunked", _coded(b"identity", b"chunked"), status=501, why=CODINGS),
    refused("identity alone", _coded(b"identity"), status=501, why=CODINGS, classic="TE.TE: identity"),
    refused("a coding that is none", _coded(b"xchunked"), status=501, why=CODINGS, classic="TE.TE: xchunked"),
    refused("chunked in quotes", _coded(b'"chunked"'), status=501, why=CODINGS, classic="TE.TE: quotes"),
    refused("chunked with a parameter", _coded(b"chunked;q=1"), status=501, why=CODINGS),
    refused("chunked, and a comma", _coded(b"chunked,"), status=501, why=CODINGS, classic="TE.TE: a comma behind it"),
    refused("chunked behind a comma", _coded(b",chunked"), status=501, why=CODINGS),
    refused("chunked behind a vertical tab", _coded(b"\x0bchunked"), why=CODINGS, classic="TE.TE: a vertical tab"),
    refused("chunked behind a NUL", _coded(b"\x00chunked"), why=CODINGS, classic="TE.TE: a NUL"),
    refused("chunked behind a space that is none", _coded(b"\xa0chunked"), status=501, why=CODINGS),
    refused("chunked in a folded line", _coded(b"\r\n chunked"), why=CODINGS, classic="TE.TE: obs-fold"),
    refused(
        "chunked behind a bare line feed",
        HEAD + b"a: b\ntransfer-encoding: chunked\r\n\r\n" + LAST,
        why=CODINGS,
        classic="TE.TE: a bare LF before it",
    ),
    refused(
        "a space before the colon of a coding",
        HEAD + b"transfer-encoding : chunked\r\n\r\n" + LAST,
        why=CODINGS,
        classic="TE.TE: a space before the colon",
    ),
    refused(
        "chunked before a tab",
        _coded(b"chunked\t"),
        status=501,
        why="llhttp does not trim it; refusing is the safe side",
    ),
    refused("an empty coding", _coded(b""), why=CODINGS),
    refused("chunks in HTTP/1.0", _coded(b"chunked").replace(b"1.1", b"1.0", 1), why=CODINGS, classic="TE in HTTP/1.0"),
]
CHUNKS_REFUSED = [
    refused("a chunk size of no digits", _chunks(b"x\r\n"), why=SIZES),
    refused("a chunk size of nothing", _chunks(b"\r\nok"), why=SIZES),
    refused("a negative chunk size", _chunks(b"-2\r\nok\r\n" + LAST), why=SIZES, classic="a chunk size with a minus"),
    refused("a chunk size with a plus", _chunks(b"+2\r\nok\r\n" + LAST), why=SIZES),
    refused("a chunk size with a prefix", _chunks(b"0x2\r\nok\r\n" + LAST), why=SIZES, classic="a chunk size with 0x"),
    refused("a chunk size with an underscore", _chunks(b"0_2\r\nok\r\n" + LAST), why=SIZES),
    refused("a space before a chunk size", _chunks(b" 2\r\nok\r\n" + LAST), why=SIZES),
    refused(
        "a space behind a chunk size",
        _chunks(b"2 \r\nok\r\n" + LAST),
        why=SIZES,
        classic="a space behind the chunk size",
    ),
    refused(
        "a chunk size of 2**64 + 2",
        _chunks(b"10000000000000002\r\nok\r\n" + LAST),
        why=SIZES,
        classic="a chunk size that overflows",
    ),
    refused("a chunk size of 30 digits", _chunks(b"f" * 30 + b"\r\n"), why=SIZES),
    refused(
        "a bare line feed behind a chunk size", _chunks(b"2\nok\r\n" + LAST), why=ENDS, classic="bare LF: chunk size"
    ),
    refused("a bare carriage return behind a chunk size", _chunks(b"2\rok\r\n" + LAST), why=ENDS),
    refused("a bare line feed behind a chunk", _chunks(b"2\r\nok\n" + LAST), why=ENDS, classic="bare LF: chunk"),
    refused("a bare carriage return behind a chunk", _chunks(b"2\r\nok\r0\r\n\r\n"), why=ENDS),
    refused("a chunk without its end", _chunks(b"2\r\nok" + LAST), why=ENDS, classic="a chunk without its CRLF"),
    refused(
        "a chunk that is longer than it says",
        _chunks(b"2\r\nokay\r\n" + LAST),
        why=ENDS,
        classic="a chunk that spills over",
    ),
    refused("two other bytes behind a chunk", _chunks(b"2\r\nokXX" + LAST), why=ENDS),
    refused("a bare line feed behind the last chunk", _chunks(b"0\n\n"), why=ENDS, classic="bare LF: last chunk"),
    refused("a bare line feed behind trailers", _chunks(b"0\r\na: b\n\r\n"), why=ENDS, classic="bare LF: trailer"),
    refused("a bare line feed at the very end", _chunks(b"0\r\n\n"), why=ENDS),
    refused(
        "a bare line feed in an extension",
        _chunks(b"2;\nok\r\n" + LAST),
        why=EXTENSIONS,
        classic="bare LF: chunk extension",
    ),
    refused("a bare carriage return in an extension", _chunks(b"2;a\rb\r\nok\r\n" + LAST), why=EXTENSIONS),
    refused("a line end in a quoted extension", _chunks(b'2;a="\r\n"\r\nok\r\n' + LAST), why=EXTENSIONS),
    refused("a NUL in an extension", _chunks(b"2;a\x00\r\nok\r\n" + LAST), why=EXTENSIONS),
    refused(
        "an extension of 300 KB",
        _chunks(b"2;" + b"a" * 300_000 + b"\r\nok\r\n" + LAST),
        status=431,
        why=OVERHEAD,
        classic="a chunk extension of 300 KB",
    ),
    refused(
        "1,000 extensions of 100 bytes",
        _chunks((b"1;" + b"a" * 100 + b"\r\no\r\n") * 1000),
        status=431,
        why=OVERHEAD,
        classic="extensions without end",
    ),
    refused("a trailer that is none", _chunks(b"0\r\nabc\r\n\r\n"), why=ENDS),
    refused("a folded trailer", _chunks(b"0\r\na: b\r\n c\r\n\r\n"), why=ENDS),
    refused("a NUL in a trailer", _chunks(b"0\r\na: b\x00\r\n\r\n"), why=ENDS),
    refused(
        "a length in a trailer",
        _chunks(b"2\r\nok\r\n0\r\ncontent-length: 9\r\n\r\n") + GET,
        why=BOTH,
        classic="Content-Length in a trailer",
    ),
    refused(
        "a coding in a trailer",
        _chunks(b"2\r\nok\r\n0\r\ntransfer-encoding: chunked\r\n\r\n") + GET,
        status=501,
        why=BOTH,
        classic="Transfer-Encoding in a trailer",
    ),
    refused(
        "trailers of 300 KB",
        _chunks(b"0\r\n" + b"a: b\r\n" * 50_000 + b"\r\n"),
        status=431,
        why=OVERHEAD,
        classic="trailers of 300 KB",
    ),
    refused("a trailer of 300 KB", _chunks(b"0\r\na: " + b"b" * 300_000), status=431, why=OVERHEAD),
]
BODIES = [*SERVED, *UNFINISHED, *LENGTHS_REFUSED, *CODINGS_REFUSED, *CHUNKS_REFUSED]
