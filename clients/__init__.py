"""The clients of the API, and `make clients`, which generates and builds them."""
