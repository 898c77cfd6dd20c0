"""HTTP, the command line, the worker, and the composition of the system."""
