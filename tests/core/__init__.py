"""Tests of actions, runs, streams and the registry."""
