"""Risk and exposure of one portfolio or of several together: pure functions of a `Book`."""
