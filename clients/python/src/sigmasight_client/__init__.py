"""A client of SigmaSight's API: `generated` from its OpenAPI document, and what makes it handy."""
