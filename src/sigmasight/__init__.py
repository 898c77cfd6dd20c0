"""SigmaSight's API server."""

from importlib.metadata import version

__version__ = version("sigmasight")
