"""The paths that only the SigmaSight web app uses: views of the same use cases."""
