"""What things cost here, as ratios to the same work done bare: `make bench`."""
