"""Analytics, computed again independently."""
