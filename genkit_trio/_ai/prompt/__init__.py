"""Prompts: templates of requests, declared in code or read from ``.prompt`` files."""
