"""The ways in: HTTP, the command line, and what wires everything together."""
