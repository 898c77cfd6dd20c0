"""The `sigmasight` command."""
