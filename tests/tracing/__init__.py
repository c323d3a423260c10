"""Tests of spans, ids and recorders."""
