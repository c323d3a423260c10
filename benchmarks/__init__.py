"""What calls, chunks, codecs and imports cost: ``python -m benchmarks`` lists the commands, README.md the method."""
