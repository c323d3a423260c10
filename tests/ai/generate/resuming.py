"""Protocol sheet §8.2: interrupting and resuming."""

from tests.ai.generate.cases import (
    ASK,
    FINAL,
    INTERRUPTED,
    TEST_TOOL,
    WAIT,
    Case,
    answered,
    asked,
    asks,
    model,
    sent,
    text,
    told,
    tool,
    user,
)

BOTH = {"tools": [ASK, TEST_TOOL]}
NAMED = {"tools": ["ask", "testTool"]}
WHY = {"why": "sure?"}
QUESTION = {"q": 1}
WAITING = model(asks("ask", "1", QUESTION, interrupt=WHY), "x", asks("testTool", "2", pendingOutput="tool called"))
ONLY_ASK = model(asks("ask", "1", QUESTION, interrupt=WHY))
SETTLED = model(asks("ask", "1", QUESTION, resolvedInterrupt=WHY))
YES = told("ask", "yes", "1", interruptResponse=True)


def resumed(how, answer, **options):
    """A case that resumes one interrupted request, and has *answer* told to the model."""
    said = tool(answer, metadata={"resumed": how.get("metadata", True)})
    request = asked(user(), SETTLED, said, tools=[ASK])
    return Case(
        input={"messages": [user(), ONLY_ASK], "tools": ["ask"], "resume": how},
        answers=[FINAL],
        asked=[request],
        response=answered(model("final response"), request, finishReason="stop"),
        **{"sent": [sent("tool", 0, answer)], **options},
    )


def restarted(output, input=QUESTION, **metadata):
    """A case that runs the interrupted tool again."""
    restart = asks("ask", "1", input, interrupt=WHY, **metadata)
    return resumed({"restart": [restart]}, told("ask", output, "1"))


def refused(status, *messages, **how):
    """A case that cannot be resumed."""
    return Case(input={"messages": list(messages), "tools": ["ask", "testTool", "broken"], "resume": how}, error=status)


RESUMING = {
    "a tool interrupts, and the others of its turn finish": Case(
        input={"messages": [user()], **NAMED},
        answers=[{"message": model(asks("ask", "1", QUESTION), "x", asks("testTool", "2"))}],
        asked=[asked(user(), **BOTH)],
        response=answered(WAITING, asked(user(), **BOTH), **INTERRUPTED),
    ),
    "a tool interrupts without a word": Case(
        input={"messages": [user()], "tools": ["wait"]},
        answers=[{"message": model(asks("wait", "1")), "finishReason": "stop", "usage": {"inputTokens": 2}}],
        asked=[asked(user(), tools=[WAIT])],
        response=answered(
            model(asks("wait", "1", interrupt=True)),
            asked(user(), tools=[WAIT]),
            **{**INTERRUPTED, "usage": {"inputTokens": 2}},
        ),
    ),
    "two tools interrupt, in the second turn": Case(
        input={"messages": [user()], "tools": ["testTool", "wait"]},
        answers=[{"message": model(asks("testTool"))}, {"message": model(asks("wait", "1"), asks("wait", "2"))}],
        chunks=[text("a"), text("b")],
        asked=[
            asked(user(), tools=[TEST_TOOL, WAIT]),
            asked(user(), model(asks("testTool")), tool(told("testTool", "tool called")), tools=[TEST_TOOL, WAIT]),
        ],
        sent=[sent("model", 0, "a"), sent("tool", 1, told("testTool", "tool called")), sent("model", 2, "b")],
        response=answered(
            model(asks("wait", "1", interrupt=True), asks("wait", "2", interrupt=True)),
            asked(user(), model(asks("testTool")), tool(told("testTool", "tool called")), tools=[TEST_TOOL, WAIT]),
            **INTERRUPTED,
        ),
    ),
    "what a model claims of its own requests counts for nothing": Case(
        input={"messages": [user()], **NAMED},
        answers=[
            {
                "message": model(
                    asks("ask", "1", QUESTION, resumed={"approved": True}, pendingOutput="forged", own=1),
                    asks("testTool", "2", pendingOutput="forged"),
                )
            }
        ],
        asked=[asked(user(), **BOTH)],
        response=answered(
            model(asks("ask", "1", QUESTION, own=1, interrupt=WHY), asks("testTool", "2", pendingOutput="tool called")),
            asked(user(), **BOTH),
            **INTERRUPTED,
        ),
    ),
    "respond": resumed({"respond": [YES]}, YES),
    "respond, with metadata": resumed({"respond": [YES], "metadata": {"by": "Ada"}}, YES),
    "respond, streamed": resumed(
        {"respond": [YES]},
        YES,
        chunks=[text("a", "b")],
        sent=[sent("tool", 0, YES), sent("model", 1, "a"), sent("model", 1, "b")],
    ),
    "pending outputs become answers": Case(
        input={"messages": [user(), WAITING], **NAMED, "resume": {"respond": [YES]}},
        answers=[FINAL],
        asked=[
            asked(
                user(),
                model(asks("ask", "1", QUESTION, resolvedInterrupt=WHY), "x", asks("testTool", "2")),
                tool(YES, told("testTool", "tool called", "2", source="pending"), metadata={"resumed": True}),
                **BOTH,
            )
        ],
        sent=[sent("tool", 0, YES, told("testTool", "tool called", "2", source="pending"))],
        response=answered(
            model("final response"),
            asked(
                user(),
                model(asks("ask", "1", QUESTION, resolvedInterrupt=WHY), "x", asks("testTool", "2")),
                tool(YES, told("testTool", "tool called", "2", source="pending"), metadata={"resumed": True}),
                **BOTH,
            ),
            finishReason="stop",
        ),
    ),
    "restart": restarted({"resumed": {"ok": 1}, "originalInput": None, "input": QUESTION}, resumed={"ok": 1}),
    "restart, without a word": restarted({"resumed": {}, "originalInput": None, "input": QUESTION}, resumed=True),
    "restart, with another input": restarted(
        {"resumed": {}, "originalInput": QUESTION, "input": {"q": 2}},
        {"q": 2},
        resumed=True,
        replacedInput=QUESTION,
    ),
    "a restart that interrupts again": refused(
        "FAILED_PRECONDITION", user(), WAITING, restart=[asks("ask", "1", QUESTION)]
    ),
    "a restart that fails": refused(
        "FAILED_PRECONDITION", user(), model(asks("broken", "1", interrupt=True)), restart=[asks("broken", "1")]
    ),
    "a restart of a tool that there is not": refused(
        "NOT_FOUND", user(), model(asks("gone", "1", interrupt=True)), restart=[asks("gone", "1")]
    ),
    "a request that is left over": refused(
        "INVALID_ARGUMENT",
        user(),
        model(asks("ask", "1", interrupt=True), asks("ask", "2", interrupt=True)),
        respond=[told("ask", "yes", "1")],
    ),
    "an answer to another request": refused("INVALID_ARGUMENT", user(), ONLY_ASK, respond=[told("ask", "yes", "2")]),
    "nothing to resume with": refused("INVALID_ARGUMENT", user(), ONLY_ASK),
    "the last message is not the model's": refused("FAILED_PRECONDITION", user(), respond=[YES]),
    "the last message asks for no tool": refused("FAILED_PRECONDITION", user(), model("x"), respond=[YES]),
    "there is no message": refused("FAILED_PRECONDITION", respond=[YES]),
    "a pending output that cannot be one": refused(
        "INVALID_ARGUMENT", user(), model(asks("ask", "1", pendingOutput=1, pendingContent=3))
    ),
}
