"""Target prices: the prices that owners expect of a symbol."""
