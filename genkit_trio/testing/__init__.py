"""What tests of an application need: models and clients without a network, virtual time, and leaks."""

from .._runtime import MemoryWorkQueue as MemoryWorkQueue
from .app_request import JSON_HEADERS as JSON_HEADERS
from .app_request import STREAM_HEADERS as STREAM_HEADERS
from .app_request import AppRequest as AppRequest
from .app_request import AsgiApp as AsgiApp
from .app_request import AsgiMessage as AsgiMessage
from .app_request import RequestOptions as RequestOptions
from .app_request import never as never
from .app_request import open_request as open_request
from .app_request import post as post
from .clock import virtual_clock as virtual_clock
from .clock import wait_settled as wait_settled
from .inject import AtMoment as AtMoment
from .inject import AtStep as AtStep
from .inject import Exploration as Exploration
from .inject import Injection as Injection
from .inject import InjectionFailure as InjectionFailure
from .inject import Scenario as Scenario
from .inject import Trial as Trial
from .inject import explore as explore
from .inject import explore_moments as explore_moments
from .inject import replay as replay
from .leak import Leak as Leak
from .leak import LeakError as LeakError
from .leak import LeakKind as LeakKind
from .leaks import no_leaks as no_leaks
from .lifespan import open_lifespan as open_lifespan
from .models import RecordingModel as RecordingModel
from .models import echo_model as echo_model
from .models import recording_model as recording_model
from .script import Answer as Answer
from .script import ScriptedAnswer as ScriptedAnswer
from .script import ScriptedModel as ScriptedModel
from .script import scripted_model as scripted_model
from .spans import RecordedSpans as RecordedSpans
from .spans import record_spans as record_spans

__all__ = [
    "JSON_HEADERS",
    "STREAM_HEADERS",
    "Answer",
    "AppRequest",
    "AsgiApp",
    "AsgiMessage",
    "AtMoment",
    "AtStep",
    "Exploration",
    "Injection",
    "InjectionFailure",
    "Leak",
    "LeakError",
    "LeakKind",
    "MemoryWorkQueue",
    "RecordedSpans",
    "RecordingModel",
    "RequestOptions",
    "Scenario",
    "ScriptedAnswer",
    "ScriptedModel",
    "Trial",
    "echo_model",
    "explore",
    "explore_moments",
    "never",
    "no_leaks",
    "open_lifespan",
    "open_request",
    "post",
    "record_spans",
    "recording_model",
    "replay",
    "scripted_model",
    "virtual_clock",
    "wait_settled",
]
