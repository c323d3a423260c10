"""Formats: in which form a model is asked to answer, and how its answer is read."""
