"""What fuzzing begins with: bytes that each parser takes for something, and words that have a meaning to it."""

from collections.abc import Mapping, Sequence
from typing import Final

from genkit_trio._wire import codec_of, dumps
from tests.faults import readings
from tests.server.h1.table import TABLE
from tests.wire.sample_types import SAMPLES

_JSON = (
    b"\\ud83d",
    b"\\ude00",
    b"null",
    b"1e999",
    b"18446744073709551616",
    b"[[",
    b'{"',
    b'":',
    b"\xef\xbb\xbf",
)
_MODEL = (
    b"```json\n",
    b"\n```",
    b"//",
    b"/*",
    b"*/",
    b"'",
    b"\\u",
    b"\\x",
    b"true",
    b"-0.5",
    *_JSON,
)
_PART_NAMES = (
    b"text media url contentType toolRequest toolResponse name ref input output partial content data "
    b"custom reasoning resource uri metadata interrupt role user model system tool messages message config "
    b"tools docs finishReason usage inputTokens latencyMs index aggregated context format schema "
    b"constrained resume respond restart toolChoice"
)

SEEDS: Final[Mapping[str, Sequence[bytes]]] = {
    "json": [
        b'{"a":[1,-2.5e3,true,null,"\\u00e9\\ud83d\\ude00"]}',
        b'"\\ud83d x"',
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        b"18446744073709551616",
    ],
    "envelopes": [
        b'{"data":{"name":"Ada"},"init":null}',
        b'{"key":"/flow/greet","input":1,"context":{"auth":{}},"telemetryLabels":{"a":"b"}}',
        b"[]",
        b"",
    ],
    "headers": [
        b"2.5\n500m",
        b"-1",
        b"99999999H",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        b"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        b"/model/vendor/small",
        b"17",
        b"after=17&after=%31",
        b"application/json; charset=utf-8",
        b"[::1]:80\nhttp://localhost:4000",
        b"me@dev.test:1\nnull",
    ],
    "answers": [
        b'{"result":[1]}',
        b'{"error":{"status":"NOT FOUND","message":"no","details":[1]}}',
        b'\x96{"status":"ABORTED","message":"m"}',
        b"\xc8<html>",
    ],
    "frames": [
        b'data: {"message":1}\n\ndata: {"result":"x"}\n\n',
        b'data: {"message":\r\ndata: 1}\r\n\r\n: ping\n\nevent: a\nid: 1\ndata:{}\n\n',
        b'error: {"error":{"status":"INTERNAL","message":"m"}}\n\n',
    ],
    "messages": [
        b'{"jsonrpc":"2.0","id":"7","method":"runAction","params":{"key":"/flow/a"}}',
        b'{"jsonrpc":"2.0","method":"configure","params":[]}',
        b'{"jsonrpc":"2.0","id":1,"result":null}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}',
    ],
    "files": [
        b'{"id":"4242","pid":4242,"reflectionServerUrl":"http://127.0.0.1:3100"}',
        b'{"stream_id":"a","action":"/flow/b","input":null,"has_input":false,"co'
        b'ntext":{},"timeout":null,"attempts":3,"idempotency_key":"a","traceparent":null}',
    ],
    "parts": [
        b'{"role":"user","content":[{"text":"hi"},{"media":{"url":"data:,a","contentType":"text/plain"}}]}',
        b'{"messages":[{"role":"tool","content":[{"toolResponse":{"name":"t","ref":"1","output":{}}}]}],"config":{}}',
        b'{"message":{"role":"model","content":[{"toolRequest":{"name":"t","inpu'
        b't":1}},{"data":null}]},"finishReason":"stop","usage":{"inputTokens":1}}',
        b'{"content":[{"reasoning":"r","metadata":{"a":1}},{"resource":{"uri":"u:x"}},{"custom":{}},{"new":1}]}',
        b'{"model":"m","messages":[],"tools":["t"],"resume":{"respond":[]},"output":{"format":"json"}}',
    ],
    "partial_json": [
        b'\x00Here: {"a": [1, 2.5, "x\\n"], b: \'y\', // no\n "c": {}, /* * */ }',
        b"\x01[-12, true, {}]",
        b'\x02```json\n{"a":"\\ud83d\\ude00"}\n```',
    ],
    "model_answers": [
        b'```json\n{"a":[1,{"b":"c"}]}\n```',
        b'{"a":1}\n{"a":2}\n\n',
        b'so: [1, [2], "3"]',
        b"'red'",
        b"it's",
    ],
    "prompts": [
        b"---\nmodel: a/b\nconfig:\n  temperature: 0.5\ninput:\n  schema:\n    name: string, who\n"
        b"    tags?(array): string\n  default:\n    name: Ada\noutput:\n  format: json\n  schema:\n"
        b"    kind(enum): [a, b]\n---\nHello {{name}}!",
        b"---\ninput:\n  schema:\n    type: object\n    properties: {a: {type: integer}}\n"
        b"use: [x, {name: y}]\ntools: [t]\nmaxTurns: 2\nx.y: 1\n---\n"
        b'{{role "system"}}{{#each tags as |t|}}{{t}}{{else}}-{{/each}}',
        b"greet.prompt\ngreet.formal.prompt\n_card.prompt\nmail/greet.prompt\n.hidden\na..prompt",
    ],
    "values": [
        *(sample.name.encode() + b"\n" + dumps(codec_of(sample.tp).dump(sample.values[-1])) for sample in SAMPLES),
        b'even_decimal\n"4.0"',
        b"tenths\n0.5",
        b'decimals\n["1","1E+3"]',
        b'moments\n["2024-05-01T12:00:00Z","2024-05-01t12:00:00.25+05:30"]',
        b'late\n"2024-05-01T12:00:00Z"',
        b'short_waits\n["PT5M","-P1DT0.5S"]',
        b"anything_once\n[1,1.5,null]",
        b'by_moment\n{"2024-05-01T12:00:00Z":"1.50"}',
        b'named\n"ab1"',
        b'schema\n{"name":"aa","children":[{"x":[1.5,2]}]}',
    ],
    "uris": [
        b"notes://ada/a/b.txt",
        b"search://x%20y?page=1&size=2",
        b"file:///{name}{/x*}{.e}{?a,b}",
        b"abc#d",
    ],
    "flow_app": [
        b'POST /greet\ncontent-type: application/json\n\n{"data":"Ada"}',
        b"POST /order?stream=true\ncontent-type: application/json\nx-request-timeout: 3\n\n"
        b'{"data":{"kind":"cat","lives":3}}',
        b'POST /count\ncontent-type: application/json\naccept: text/event-stream\n\n{"data":3}',
        b"POST /echo?after=1\nx-genkit-stream-id: a\nlast-event-id: 1\n\n",
        b"DELETE /echo\nx-genkit-stream-id: a\n\n",
        b"GET /openapi.json\n\n",
        b"OPTIONS /nothing\norigin: https://a.example\naccess-control-request-method: POST\n\n",
        b"POST /nothing\ngrpc-timeout: 1n\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n\n",
        b"POST /%67reet\ncontent-type: application/json; charset=utf-8\n\n{}",
    ],
    "reflection_app": [
        b"GET /api/__health?id=1\nhost: localhost\n\n",
        b"GET /api/actions\nhost: 127.0.0.1:3100\n\n",
        b"GET /api/values?type=middleware\nhost: localhost\n\n",
        b"POST /api/runAction?stream=true\nhost: localhost\ncontent-type: application/json\n\n"
        b'{"key":"/flow/count","input":2}',
        b"POST /api/runAction\nhost: [::1]\ncontent-type: application/json\n\n"
        b'{"key":"/flow/greet","input":"a","context":{}}',
        b'POST /api/cancelAction\nhost: localhost\ncontent-type: application/json\n\n{"traceId":"a"}',
        b"POST /api/notify\nhost: localhost\ncontent-type: application/json\n\n"
        b'{"telemetryServerUrl":"http://localhost:4033","reflectionApiSpecVersion":1}',
        b"POST /api/runAction\nhost: localhost\norigin: https://a.example\n\n{}",
    ],
    "session": [
        b'{"jsonrpc":"2.0","id":"1","result":{"telemetryServerUrl":"http://local'
        b'host:4033"}}\n{"jsonrpc":"2.0","id":"7","method":"runAction","params":{'
        b'"key":"/flow/count","input":2,"stream":true}}',
        b'{"jsonrpc":"2.0","id":8,"method":"listActions"}\n{"jsonrpc":"2.0","id":'
        b'9,"method":"listValues","params":{"type":"x"}}',
        b'{"jsonrpc":"2.0","id":"5","method":"runAction","params":{"key":"/flow/'
        b'greet","streamInput":true}}\n{"jsonrpc":"2.0","method":"sendInputStream'
        b'Chunk","params":{"requestId":"5","chunk":"a"}}\n{"jsonrpc":"2.0","metho'
        b'd":"endInputStream","params":{"requestId":"5"}}',
        b'{"jsonrpc":"2.0","id":"3","method":"cancelAction","params":{"traceId":"a"}}',
    ],
    "http1": [row.data for row in TABLE.values() if len(row.data) <= 4096],
}

WORDS: Final[Mapping[str, Sequence[bytes]]] = {
    "json": _JSON,
    "envelopes": [
        b'"data"',
        b'"init"',
        b'"key"',
        b'"input"',
        b'"context"',
        b'"telemetryLabels"',
        *_JSON,
    ],
    "headers": [
        b"after=",
        b"%",
        b"http://",
        b"localhost",
        b"127.0.0.1",
        b"[::1]",
        b":65536",
        b"/flow/",
        b"application/json",
    ],
    "answers": [
        b'"result"',
        b'"error"',
        b'"status"',
        b'"message"',
        b'"details"',
        b"INVALID_ARGUMENT",
        *_JSON,
    ],
    "frames": [
        b"data: ",
        b"error: ",
        b"event: ",
        b"\r\n",
        b"\n\n",
        b'{"message":',
        b'{"result":',
        b'{"error":',
        b"}\n\n",
    ],
    "messages": [
        b'"jsonrpc":"2.0"',
        b'"id"',
        b'"method"',
        b'"params"',
        b'"result"',
        b'"error"',
        b'"code"',
        *_JSON,
    ],
    "files": [
        b'"pid":',
        b'"timeout":1.5',
        b'"has_input":true',
        *_JSON,
    ],
    "parts": [*(b'"%b"' % name for name in _PART_NAMES.split()), *_JSON],
    "partial_json": _MODEL,
    "model_answers": _MODEL,
    "prompts": [
        b"---\n",
        b"model: ",
        b"config:\n  ",
        b"input:\n  schema:\n    ",
        b"output:\n  format: ",
        b"string, ",
        b"(array)",
        b"(enum)",
        b"(*)",
        b"tools: [a]\n",
        b"toolChoice: auto\n",
        b"maxTurns: 3\n",
        b"use:\n  - name: a\n",
        b"? ",
        b"!!",
        b"&a",
        b"*a",
        b"<<: ",
        b"2001-01-01",
        b"{{",
        b"}}",
        b"{{#if a}}",
        b"{{/if}}",
        b"{{else}}",
        b'{{role "user"}}',
        b"{{>p}}",
        b"{{!-- --}}",
        b"{{{",
        b"@",
        b"as |x|",
        b"../",
    ],
    "values": [name.encode() + b"\n" for name in readings.CODECS],
    "uris": [
        b"{",
        b"}",
        b"{+",
        b"{?",
        b"file:///",
        b"search://",
        b"?page=",
        b"&size=",
        b"%",
    ],
    "flow_app": [
        b"content-type: application/json\n",
        b"accept: text/event-stream\n",
        b"x-genkit-stream-id: a\n",
        b"last-event-id: 1\n",
        b"x-request-timeout: 1\n",
        b"grpc-timeout: 1S\n",
        b"traceparent: ",
        b"origin: ",
        b"stream=true",
        b"after=",
        b'{"data":',
        b'"init":',
        b"/-/ready",
        b"/openapi.json",
        b"/greet",
        b"/order",
        b"/count",
        b"/echo",
        b"/nothing",
    ],
    "reflection_app": [
        b"host: localhost\n",
        b"origin: http://localhost\n",
        b"content-type: application/json\n",
        b"sec-fetch-site: cross-site\n",
        b"/api/runAction",
        b"/api/notify",
        b"/api/cancelAction",
        b"/api/values?type=",
        b"stream=true",
        b'"key":"/flow/',
        b'"input":',
        b'"context":{',
        b'"telemetryLabels":{',
        b'"traceId":',
        b'"telemetryServerUrl":',
        b'"init":',
    ],
    "session": [
        b'{"jsonrpc":"2.0","id":"2","method":"runAction","params":{"key":"/flow/',
        b'{"jsonrpc":"2.0","method":"',
        b'"stream":true',
        b'"streamInput":true',
        b'"requestId":"2"',
        b'sendInputStreamChunk","params":{',
        b'endInputStream","params":{',
        b'"chunk":',
        b'"result":{',
        b'"error":{"code":1,"message":"m"}',
        b'"telemetryServerUrl":"http://a"',
        b"\n",
    ],
    "http1": [
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nhost: test\r\n",
        b"HTTP/1.0",
        b"host: test\r\n",
        b"content-length: 5\r\n",
        b"transfer-encoding: chunked\r\n",
        b"connection: close\r\n",
        b"connection: keep-alive\r\n",
        b"connection: upgrade\r\nupgrade: h2c\r\n",
        b"expect: 100-continue\r\n",
        b"0\r\n\r\n",
        b"5\r\nhello\r\n",
        b"\r\n\r\n",
        b"PRI * HTTP/2.0",
        b"CONNECT ",
        b"http://test/",
    ],
}
