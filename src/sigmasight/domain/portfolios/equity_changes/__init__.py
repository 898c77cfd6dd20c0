"""Equity changes: contributions to and withdrawals from a portfolio, recorded by its owner."""
