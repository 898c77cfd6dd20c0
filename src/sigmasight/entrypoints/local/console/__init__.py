"""The local console: a page on which a person tries the API as its clients do."""
