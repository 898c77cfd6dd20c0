"""A request to the model server of the tests, and what answers are made of."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

USAGE: Final = {"prompt_tokens": 120, "completion_tokens": 5, "total_tokens": 125}


@dataclass(frozen=True)
class Exchange:
    """A request, and the connection its answer goes to."""

    writer: asyncio.StreamWriter
    request: Mapping[str, Any]

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: str, kind: str, *more: str) -> None:
        fields = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {kind}", *more])
        await self.send(f"{fields}\r\n\r\n".encode())

    async def body(self, status: str, text: bytes, *more: str, kind: str = "") -> None:
        await self.head(status, kind or "application/json", f"Content-Length: {len(text)}", *more)
        await self.send(text)

    async def begin(self) -> None:
        await self.head("200 OK", "text/event-stream", "Transfer-Encoding: chunked")

    async def raw(self, data: bytes) -> None:
        await self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def event(self, data: Any) -> None:
        await self.raw(b"data: " + json.dumps(data).encode() + b"\n\n")

    async def piece(self, text: str | None) -> None:
        await self.event(chunk({"content": text}))

    async def end(self) -> None:
        await self.send(b"0\r\n\r\n")


def chunk(delta: Any, finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        "usage": None,
    }


def completion(content: object) -> bytes:
    message = {"role": "assistant", "content": content}
    return json.dumps({"choices": [{"index": 0, "message": message}], "usage": USAGE}).encode()
