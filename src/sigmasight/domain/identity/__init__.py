"""Who is calling: session tokens, users, and how the two find each other."""
