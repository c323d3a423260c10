import pytest

from genkit_trio._runtime import DevEnvironment, dev_environment, is_dev


@pytest.mark.parametrize(("value", "expected"), [("dev", True), ("prod", False), ("", False), (None, False)])
def test_only_the_exact_word_makes_it_development(monkeypatch, value, expected):
    monkeypatch.delenv("GENKIT_ENV", raising=False)
    if value is not None:
        monkeypatch.setenv("GENKIT_ENV", value)
    assert is_dev() is expected


def test_the_environment_of_a_tool_is_read():
    assert dev_environment(
        {
            "GENKIT_TELEMETRY_SERVER": "http://localhost:4033",
            "GENKIT_ENABLE_REALTIME_TELEMETRY": "true",
            "GENKIT_REFLECTION_V2_SERVER": "ws://localhost:3200",
            "GENKIT_REFLECTION_PORT": "3150",
            "GENKIT_RUNTIME_ID": "mine",
        }
    ) == DevEnvironment("http://localhost:4033", True, "ws://localhost:3200", 3150, "mine")


def test_what_is_empty_is_not_set():
    names = ("GENKIT_TELEMETRY_SERVER", "GENKIT_REFLECTION_V2_SERVER", "GENKIT_REFLECTION_PORT", "GENKIT_RUNTIME_ID")
    assert (
        dev_environment(dict.fromkeys(names, ""))
        == dev_environment({})
        == DevEnvironment(None, False, None, None, None)
    )


@pytest.mark.parametrize("port", ["65536", "-1", "x", "٣", "9" * 5000])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(ValueError, match=r"GENKIT_REFLECTION_PORT is .*; set it to a port, 0 to 65535, or not at all"):
        dev_environment({"GENKIT_REFLECTION_PORT": port})
