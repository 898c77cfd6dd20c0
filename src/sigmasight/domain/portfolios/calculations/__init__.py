"""Calculations: the figures of a portfolio, from positions and prices."""
