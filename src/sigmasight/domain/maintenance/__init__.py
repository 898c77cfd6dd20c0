"""Maintenance: what operators run over all portfolios, durable and audited."""
