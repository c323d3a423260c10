"""What tests of an application need: models that answer without a network, and that remember what they were asked."""

from .models import RecordingModel as RecordingModel
from .models import echo_model as echo_model
from .models import recording_model as recording_model
from .script import Answer as Answer
from .script import ScriptedAnswer as ScriptedAnswer
from .script import ScriptedModel as ScriptedModel
from .script import scripted_model as scripted_model

__all__ = [
    "Answer",
    "RecordingModel",
    "ScriptedAnswer",
    "ScriptedModel",
    "echo_model",
    "recording_model",
    "scripted_model",
]
