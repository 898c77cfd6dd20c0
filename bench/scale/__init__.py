"""A whole deployment on this machine, part after part of which fails: `make scale`."""
