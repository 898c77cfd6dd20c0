"""SigmaSight over HTTP: one module a feature."""
