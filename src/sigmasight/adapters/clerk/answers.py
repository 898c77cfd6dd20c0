"""Answers of Clerk, read to a limit."""

import httpx


class AnswerTooLargeError(ValueError):
    """The answer is larger than anything Clerk would send us."""


async def read_bounded(answer: httpx.Response, max_bytes: int) -> bytes:
    """Return the body of a streamed answer; raise AnswerTooLargeError."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise AnswerTooLargeError(f"over {max_bytes} bytes")
    return bytes(body)
