"""Action keys."""

import pytest

from genkit_trio._wire import ActionKey, PublicError, Status


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("/flow/greet", "flow", "greet"),
        ("/flow/a/b", "flow", "a/b"),
        ("/model/vendor/small", "model", "vendor/small"),
        ("/dynamic-action-provider/host:tool/x", "dynamic-action-provider", "host:tool/x"),
        ("/flow//", "flow", "/"),
    ],
)
def test_a_key_is_read_and_written_alike(text, kind, name):
    key = ActionKey.parse(text)
    assert key == ActionKey(kind, name)
    assert str(key) == text


@pytest.mark.parametrize("text", ["", "/", "flow/greet", "/flow", "/flow/", "//greet", "greet"])
def test_a_malformed_key_is_the_clients_mistake(text):
    with pytest.raises(PublicError, match="is malformed; write it as '/kind/name'") as caught:
        ActionKey.parse(text)
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_a_malformed_key_is_shown_escaped_and_cut():
    with pytest.raises(PublicError) as caught:
        ActionKey.parse("\n" + "x" * 1000)
    assert "\\n" in caught.value.message
    assert len(caught.value.message) < 150
