"""What every test shares: the settings of hypothesis, and the package's own plugin, so that no test leaves anything."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["genkit_trio.testing.plugin", "pytester", "tests.outside"]

# A slow machine must not fail a test, and two runs of one commit must agree.
settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", parent=settings.get_profile("default"), derandomize=False, max_examples=10_000)
settings.register_profile("unit", parent=settings.get_profile("default"), max_examples=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
