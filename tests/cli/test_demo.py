"""``genkit-trio demo``: its flows, and the server that they are shown with."""

import json
import sys

import pytest

from genkit_trio import PublicError
from genkit_trio.cli.demo.pipeline import DigestRequest, digest, own_text, sample, score, split
from genkit_trio.cli.demo.text import sentences_of
from tests.cli.process import post, serving

pytestmark = pytest.mark.extra


async def test_a_digest_streams_its_sentences_as_they_are_chosen():
    async with digest.stream(DigestRequest(sentences=4)) as stream:
        chosen = [sentence async for sentence in stream]
        result = await stream.output()
    sentences = sentences_of(sample())
    assert result.summary == " ".join(sorted(chosen, key=sentences.index))
    assert (result.sentences, result.out_of) == (4, len(sentences))


async def test_the_two_flows_that_a_digest_needs_run_by_themselves():
    sentences = await split("The cat sat on the mat. The dog sat on the cat.")
    assert len(await score(sentences)) == len(sentences) == 2


async def test_a_text_shorter_than_its_digest_is_given_whole():
    result = await digest(DigestRequest("There is one sentence here.", sentences=5))
    assert (result.summary, result.sentences) == ("There is one sentence here.", 1)


async def test_a_text_without_sentences_is_refused():
    with pytest.raises(PublicError, match="the text has no sentences; send some prose"):
        await digest(DigestRequest("\n\n"))


@pytest.mark.parametrize("number", [0, 101])
async def test_a_number_of_sentences_that_makes_no_sense_is_refused(number):
    with pytest.raises(PublicError, match=f"sentences is {number}; it must be from 1 to 100"):
        await digest(DigestRequest(sentences=number))


async def test_the_file_that_the_demo_was_started_with_takes_the_place_of_the_sample():
    token = own_text.set("This file has just one sentence.")
    try:
        assert (await digest(DigestRequest())).summary == "This file has just one sentence."
    finally:
        own_text.reset(token)


def test_the_demo_serves_the_file_that_it_is_given(tmp_path):
    (tmp_path / "note.txt").write_bytes(b"This note has a bad byte \xff in it.")
    with serving("demo", str(tmp_path / "note.txt")) as (_, url):
        status, body = post(f"{url}/digest", b'{"data": {}}')
    assert (status, json.loads(body)["result"]["summary"]) == (200, "This note has a bad byte \ufffd in it.")


def test_a_deadline_stops_the_scoring_and_the_next_request_is_served():
    with serving("demo") as (_, url):
        late = post(f"{url}/digest", b'{"data": {}}', **{"x-request-timeout": "0.001"})
        assert late[0] == 504
        assert json.loads(late[1])["status"] == "DEADLINE_EXCEEDED"
        assert post(f"{url}/digest", b'{"data": {}}')[0] == 200


def test_without_trio_parallel_the_demo_names_its_extra(invoke, monkeypatch):
    monkeypatch.setitem(sys.modules, "trio_parallel", None)
    done = invoke("demo")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: the demo needs trio-parallel; install it with: pip install 'genkit-trio[process]'\n",
    )
