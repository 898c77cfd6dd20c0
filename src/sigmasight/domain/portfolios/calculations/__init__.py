"""Calculations: a portfolio's metrics, from positions and prices."""
