"""Research: what is known of companies, the same for everybody."""
