"""Portfolios made of files: our template, and what brokers let people download."""
