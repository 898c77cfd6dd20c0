"""Requests that no client would send, by the thousand: none is answered as an error of ours."""
