"""The examinations of `sigmasight doctor`."""
