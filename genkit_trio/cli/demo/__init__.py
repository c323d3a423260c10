"""The demo: a digest of any text, made by flows that split it, score its sentences and choose among them."""
