"""Target prices: what owners expect a symbol to be worth."""
