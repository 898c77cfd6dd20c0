"""Maintenance: operators' tasks over all portfolios, resumable and audited."""
