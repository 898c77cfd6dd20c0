"""The web app on a real server."""
