"""Portfolios, their positions, and everything derived from them."""
