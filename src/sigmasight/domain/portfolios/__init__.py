"""Portfolios and what they hold."""
