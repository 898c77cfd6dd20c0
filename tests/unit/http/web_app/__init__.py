"""The paths of the web app."""
