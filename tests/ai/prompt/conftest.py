"""What the tests of prompts share: an application, and a model that says what it was asked."""

import pytest

from genkit_trio import Genkit
from genkit_trio.testing import RecordingModel, echo_model


@pytest.fixture
def echo() -> RecordingModel:
    return echo_model()


@pytest.fixture
def ai(echo) -> Genkit:
    app = Genkit(model=echo.name)
    app.register(echo)
    return app
