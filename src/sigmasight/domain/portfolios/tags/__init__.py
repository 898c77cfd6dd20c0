"""Tags: users' own labels for positions."""
