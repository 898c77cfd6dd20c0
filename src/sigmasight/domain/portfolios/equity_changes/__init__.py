"""Equity changes: money put into a portfolio or taken out, as its owner tells it."""
