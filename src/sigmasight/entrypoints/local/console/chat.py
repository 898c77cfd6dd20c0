"""Questions to the assistant, whose answers stream as the API sends them."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import msgspec
from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.exceptions import ImproperlyConfiguredException
from litestar.params import URLEncodedBody
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from sigmasight.entrypoints.http.streaming import event
from sigmasight.entrypoints.local.console.visitor import (
    Exchange,
    Name,
    Services,
    Visitor,
    visiting,
)


class QuestionForm(msgspec.Struct, frozen=True):
    text: str
    conversation_id: str = ""


class ChatController(Controller):
    path = "/console/people/{name:str}/messages"

    @post("/", status_code=HTTP_200_OK)
    async def ask(
        self,
        name: Name,
        services: NamedDependency[Services],
        data: URLEncodedBody[QuestionForm],
        request: Request[Any, Any, Any],
    ) -> Stream:
        """Send a question, in a new conversation if there is none yet.

        The events are the API's, and `call` before them: the requests that were sent.
        """
        engine = request.app.template_engine
        if engine is None:
            raise ImproperlyConfiguredException
        render = engine.get_template("calls.html").render
        return Stream(
            _events(name, services, data, render),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )


async def _events(
    name: str, services: Services, question: QuestionForm, render: Any
) -> AsyncGenerator[bytes]:
    async with visiting(name, services) as visitor:
        conversation, calls = question.conversation_id, list[Exchange]()
        if not conversation:
            started = await visitor.post("/chat/conversations", {})
            calls.append(started)
            if not started.ok:
                yield _call(render, calls, "")
                yield event("problem", started.data)
                return
            conversation = started.data["id"]
        async for each in _answer(visitor, conversation, question.text, calls, render):
            yield each


async def _answer(
    visitor: Visitor, conversation: str, text: str, calls: list[Exchange], render: Any
) -> AsyncGenerator[bytes]:
    path, body = "/chat/send", {"conversation_id": conversation, "text": text}
    url = f"{visitor.services.api}{path}"
    curl = visitor.curl("POST", path, body=body, options=["-N"])
    headers = await visitor.headers()
    async with visitor.http.stream("POST", url, json=body, headers=headers) as response:
        refusal = (await response.aread()).decode() if response.is_error else ""
        sent = Exchange("POST", path, curl, response.status_code, refusal or "(the stream)")
        yield _call(render, [*calls, sent], conversation)
        if refusal:
            yield event("problem", sent.data)
            return
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except httpx.TransportError as error:
            yield event("problem", {"detail": f"The stream broke off: {error}."})


def _call(render: Any, calls: list[Exchange], conversation: str) -> bytes:
    return event("call", {"html": render(calls=calls), "conversation_id": conversation})
