"""Target prices: what somebody thinks a symbol will cost, and what that would bring."""
