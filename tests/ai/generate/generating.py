"""Protocol sheet §8.1: asking, streaming, tools."""

from tests.ai.generate.cases import (
    BROKEN,
    DOUBLE,
    FINAL,
    SCREENSHOT,
    SLOW,
    TEST_TOOL,
    Case,
    answered,
    asked,
    asks,
    failed,
    model,
    sent,
    text,
    told,
    tool,
    user,
)

HOT = {"config": {"temperature": 11}}
CALL = model(asks("testTool", "ref123"))
CALLED = tool(told("testTool", "tool called", "ref123"))
FIRST = asked(user(), tools=[TEST_TOOL])
SECOND = asked(user(), CALL, CALLED, tools=[TEST_TOOL])
TWO_TURNS = {"answers": [{"message": CALL}, FINAL], "asked": [FIRST, SECOND]}

TYPED = asked(user(), tools=[DOUBLE])
MISTAKE = model(asks("double", "1", {"n": "x"}))
TOLD_OF_IT = tool(told("double", {"error": "n: expected integer, got string"}, "1"))
PARALLEL = model(asks("slow", "1"), "and", asks("testTool", "2"))
BOTH = tool(told("slow", "slow called", "1"), told("testTool", "tool called", "2"))
LOOKED = tool(
    {
        "toolResponse": {
            "name": "screenshot",
            "ref": "1",
            "output": "taken",
            "content": [{"media": {"url": "data:image/png;base64,AA==", "contentType": "image/png"}}],
        },
        "metadata": {"size": 2},
    }
)
TWICE = model(asks("testTool", "1"), asks("testTool", "1"))
EXCEEDED = "Exceeded maximum tool call iterations ({})"
FUTURE = model({"hologram": {"depth": 3}, "metadata": {"new": True}}, {"text": "x", "lang": "en"})

GENERATING = {
    "simple": Case(
        input={"messages": [user()], **HOT},
        answers=[FINAL],
        asked=[asked(user(), **HOT)],
        response=answered(model("final response"), asked(user(), **HOT), finishReason="stop"),
    ),
    "streamed": Case(
        input={"messages": [user()], **HOT},
        answers=[FINAL],
        chunks=[text("3", "2", "1")],
        asked=[asked(user(), **HOT)],
        sent=[sent("model", 0, "3"), sent("model", 0, "2"), sent("model", 0, "1")],
        response=answered(model("final response"), asked(user(), **HOT), finishReason="stop"),
    ),
    "role and index of a model's own chunks are those of the message": Case(
        input={"messages": [user()]},
        answers=[FINAL],
        chunks=[text("a", role="tool", index=7, custom={"x": 1})],
        asked=[asked(user())],
        sent=[{**sent("model", 0, "a"), "custom": {"x": 1}}],
        response=answered(model("final response"), asked(user()), finishReason="stop"),
    ),
    "tools": Case(
        input={"messages": [user()], "tools": ["testTool"], **HOT},
        answers=[{"message": CALL}, {"message": model("final response")}],
        asked=[{**FIRST, **HOT}, {**SECOND, **HOT}],
        sent=[sent("tool", 0, *CALLED["content"])],
        response=answered(model("final response"), {**SECOND, **HOT}),
    ),
    "tools, streamed": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        **TWO_TURNS,
        chunks=[text("a"), text("b", "c")],
        sent=[
            sent("model", 0, "a"),
            sent("tool", 1, *CALLED["content"]),
            sent("model", 2, "b"),
            sent("model", 2, "c"),
        ],
        response=answered(model("final response"), SECOND, finishReason="stop"),
    ),
    "a message of which nothing is streamed is not counted": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        **TWO_TURNS,
        chunks=[[], text("b")],
        sent=[sent("tool", 0, *CALLED["content"]), sent("model", 1, "b")],
        response=answered(model("final response"), SECOND, finishReason="stop"),
    ),
    "parallel tools answer in the order of their requests": Case(
        input={"messages": [user()], "tools": ["testTool", "slow"]},
        answers=[{"message": PARALLEL}, FINAL],
        asked=[
            asked(user(), tools=[TEST_TOOL, SLOW]),
            asked(user(), PARALLEL, BOTH, tools=[TEST_TOOL, SLOW]),
        ],
        sent=[sent("tool", 0, *BOTH["content"])],
        response=answered(
            model("final response"), asked(user(), PARALLEL, BOTH, tools=[TEST_TOOL, SLOW]), finishReason="stop"
        ),
    ),
    "a tool is found by its key": Case(
        input={"messages": [user()], "tools": ["/tool/testTool"]},
        **TWO_TURNS,
        sent=[sent("tool", 0, *CALLED["content"])],
        response=answered(model("final response"), SECOND, finishReason="stop"),
    ),
    "a tool that answers in several parts": Case(
        input={"messages": [user()], "tools": ["screenshot"]},
        answers=[{"message": model(asks("screenshot", "1"))}, FINAL],
        asked=[
            asked(user(), tools=[SCREENSHOT]),
            asked(user(), model(asks("screenshot", "1")), LOOKED, tools=[SCREENSHOT]),
        ],
        sent=[sent("tool", 0, *LOOKED["content"])],
        response=answered(
            model("final response"),
            asked(user(), model(asks("screenshot", "1")), LOOKED, tools=[SCREENSHOT]),
            finishReason="stop",
        ),
    ),
    "equal refs": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        answers=[{"message": TWICE}, FINAL],
        asked=[
            FIRST,
            asked(user(), TWICE, tool(*[told("testTool", "tool called", "1")] * 2), tools=[TEST_TOOL]),
        ],
        sent=[sent("tool", 0, *[told("testTool", "tool called", "1")] * 2)],
        response=answered(
            model("final response"),
            asked(user(), TWICE, tool(*[told("testTool", "tool called", "1")] * 2), tools=[TEST_TOOL]),
            finishReason="stop",
        ),
    ),
    "no ref": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        answers=[{"message": model(asks("testTool"))}, FINAL],
        asked=[
            FIRST,
            asked(user(), model(asks("testTool")), tool(told("testTool", "tool called")), tools=[TEST_TOOL]),
        ],
        sent=[sent("tool", 0, told("testTool", "tool called"))],
        response=answered(
            model("final response"),
            asked(user(), model(asks("testTool")), tool(told("testTool", "tool called")), tools=[TEST_TOOL]),
            finishReason="stop",
        ),
    ),
    "input that does not fit goes back to the model": Case(
        input={"messages": [user()], "tools": ["double"]},
        answers=[{"message": MISTAKE}, FINAL],
        asked=[TYPED, asked(user(), MISTAKE, TOLD_OF_IT, tools=[DOUBLE])],
        sent=[sent("tool", 0, *TOLD_OF_IT["content"])],
        response=answered(
            model("final response"), asked(user(), MISTAKE, TOLD_OF_IT, tools=[DOUBLE]), finishReason="stop"
        ),
    ),
    "a tool that there is not": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        answers=[{"message": model(asks("testTool", "1"), asks("nothing", "2")), "usage": {"inputTokens": 3}}],
        asked=[FIRST],
        response=failed("NOT_FOUND", "Tool nothing not found", "TOOL_NOT_FOUND", FIRST, usage={"inputTokens": 3}),
    ),
    "a tool that there is not, in the second turn": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        answers=[{"message": CALL}, {"message": model(asks("nothing"))}],
        asked=[FIRST, SECOND],
        sent=[sent("tool", 0, *CALLED["content"])],
        response=failed("NOT_FOUND", "Tool nothing not found", "TOOL_NOT_FOUND", SECOND),
    ),
    "a tool fails": Case(
        input={"messages": [user()], "tools": ["broken"]},
        answers=[{"message": model(asks("broken"))}],
        asked=[asked(user(), tools=[BROKEN])],
        response=failed("FAILED_PRECONDITION", "closed", "TOOL_FAILED", asked(user(), tools=[BROKEN])),
    ),
    "too many turns": Case(
        input={"messages": [user()], "tools": ["testTool"], "maxTurns": 1},
        answers=[{"message": CALL}],
        asked=[FIRST, SECOND],
        sent=[sent("tool", 0, *CALLED["content"])],
        response=failed("ABORTED", EXCEEDED.format(1), "MAX_TURNS_EXCEEDED", SECOND, "aborted"),
    ),
    "no turn with tools": Case(
        input={"messages": [user()], "tools": ["testTool"], "maxTurns": 0},
        answers=[{"message": CALL}],
        asked=[FIRST],
        response=failed("ABORTED", EXCEEDED.format(0), "MAX_TURNS_EXCEEDED", FIRST, "aborted"),
    ),
    "five turns unless something else is said": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        answers=[{"message": CALL}],
        asked=[asked(user(), *[CALL, CALLED] * turns, tools=[TEST_TOOL]) for turns in range(6)],
        sent=[sent("tool", index, *CALLED["content"]) for index in range(5)],
        response=failed(
            "ABORTED",
            EXCEEDED.format(5),
            "MAX_TURNS_EXCEEDED",
            asked(user(), *[CALL, CALLED] * 5, tools=[TEST_TOOL]),
            "aborted",
        ),
    ),
    "fewer than no turns": Case(input={"messages": [user()], "maxTurns": -1}, error="INVALID_ARGUMENT"),
    "tool requests are returned": Case(
        input={"messages": [user()], "tools": ["testTool"], "returnToolRequests": True},
        answers=[{"message": CALL}],
        asked=[FIRST],
        response=answered(CALL, FIRST),
    ),
    "the model fails at first": Case(
        input={"messages": [user()]},
        answers=[{"raise": ["UNAVAILABLE", "down"]}],
        asked=[asked(user())],
        error="UNAVAILABLE",
    ),
    "the model fails later": Case(
        input={"messages": [user()], "tools": ["testTool"]},
        answers=[{"message": CALL, "usage": {"inputTokens": 3}}, {"raise": ["UNAVAILABLE", "down"]}],
        asked=[FIRST, SECOND],
        sent=[sent("tool", 0, *CALLED["content"])],
        response=failed("UNAVAILABLE", "down", None, SECOND),
    ),
    "blocked": Case(
        input={"messages": [user()]},
        answers=[{"finishReason": "blocked", "finishMessage": "safety"}],
        asked=[asked(user())],
        response={
            "finishReason": "blocked",
            "finishMessage": "safety",
            "request": asked(user()),
            "usage": {},
            "custom": {},
        },
    ),
    "what a model says beside its message is kept": Case(
        input={"messages": [user()]},
        answers=[{**FINAL, "raw": {"x": 1}, "custom": {"y": 2}, "usage": {"inputTokens": 1}, "latencyMs": 5}],
        asked=[asked(user())],
        response=answered(
            model("final response"),
            asked(user()),
            finishReason="stop",
            raw={"x": 1},
            custom={"y": 2},
            usage={"inputTokens": 1},
            latencyMs=5,
        ),
    ),
    "parts and reasons from the future are kept": Case(
        input={"messages": [user()]},
        answers=[{"message": FUTURE, "finishReason": "enlightened", "mood": "good"}],
        asked=[asked(user())],
        response=answered(FUTURE, asked(user()), finishReason="enlightened", mood="good"),
    ),
    "tool choice and documents": Case(
        input={
            "messages": [user()],
            "tools": ["testTool"],
            "toolChoice": "required",
            "docs": [{"content": [{"text": "d"}]}],
        },
        answers=[FINAL],
        asked=[
            {
                **FIRST,
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"text": "hi"},
                            {
                                "text": "\n\nUse the following information to complete your task:\n\n- [0]: d\n\n",
                                "metadata": {"purpose": "context"},
                            },
                        ],
                    }
                ],
                "toolChoice": "required",
                "docs": [{"content": [{"text": "d"}]}],
            }
        ],
        response=answered(
            model("final response"),
            {**FIRST, "toolChoice": "required", "docs": [{"content": [{"text": "d"}]}]},
            finishReason="stop",
        ),
    ),
    "no message": Case(
        input={"messages": []},
        answers=[FINAL],
        asked=[asked()],
        response=answered(model("final response"), asked(), finishReason="stop"),
    ),
    "a model that there is not": Case(input={"model": "nothing", "messages": [user()]}, error="NOT_FOUND"),
    "no model": Case(input={"model": None, "messages": [user()]}, error="INVALID_ARGUMENT"),
    "a named tool that there is not": Case(input={"messages": [user()], "tools": ["nothing"]}, error="NOT_FOUND"),
    "a tool named twice": Case(
        input={"messages": [user()], "tools": ["testTool", "testTool"]}, error="INVALID_ARGUMENT"
    ),
    "a format that there is not": Case(
        input={"messages": [user()], "output": {"format": "nothing"}}, error="INVALID_ARGUMENT"
    ),
    "a schema that is none": Case(
        input={"messages": [user()], "output": {"jsonSchema": {"type": 3}}}, error="INVALID_ARGUMENT"
    ),
    "a middleware that there is not": Case(
        input={"messages": [user()], "use": [{"name": "nothing"}]}, error="NOT_FOUND"
    ),
    "a resource that there is not": Case(
        input={"messages": [{"role": "user", "content": [{"resource": {"uri": "x://y"}}]}]}, error="NOT_FOUND"
    ),
    "messages that are none": Case(input={"messages": "hi"}, error="INVALID_ARGUMENT"),
}
