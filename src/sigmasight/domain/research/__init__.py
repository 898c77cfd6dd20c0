"""Research: companies' reports, the same for every user."""
