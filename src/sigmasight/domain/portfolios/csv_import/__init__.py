"""CSV import: portfolios from our template or a broker's export."""
