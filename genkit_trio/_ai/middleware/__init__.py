"""Middleware: what is put around the turns, the model calls and the tool calls of a generation."""
