"""The same work in other libraries. Each script runs in an environment of its own, made for it."""
