"""Identity: session tokens, users, and how an account gets its user."""
