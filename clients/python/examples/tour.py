"""A portfolio, a refusal and a question: `tour.py URL TOKEN`."""

import sys
from uuid import uuid4

from sigmasight_client.generated.api.chat import chat_start_conversation
from sigmasight_client.generated.api.identity import identity_read_usage
from sigmasight_client.generated.api.portfolios import (
    portfolios_create,
    portfolios_delete,
    portfolios_list,
    portfolios_read,
)
from sigmasight_client.generated.models import (
    CreatePortfolioBody,
    SendBody,
    StartConversationBody,
)

from sigmasight_client.connection import connect
from sigmasight_client.problems import ProblemError, checked
from sigmasight_client.streaming import Done, Token, stream_reply


def main(url: str, token: str) -> None:
    with connect(url, token) as client:
        body = CreatePortfolioBody(name="Tour", account_name=f"Tour {uuid4()}")
        created = checked(portfolios_create.sync(client=client, body=body))
        print("created:", created.name)

        listed = checked(portfolios_list.sync(client=client))
        print("listed:", created.id in {each.id for each in listed.portfolios})

        try:
            checked(portfolios_read.sync(uuid4(), client=client))
        except ProblemError as error:
            print("refused:", error.problem.status, error.problem.code)

        for _ in range(2):
            usage = checked(identity_read_usage.sync(client=client))
        print("messages left:", usage.ai_messages.remaining)

        started = checked(chat_start_conversation.sync(client=client, body=StartConversationBody()))
        question = SendBody(conversation_id=started.id, text="How concentrated am I?")
        reply = ""
        for event in stream_reply(client, question, idempotency_key=str(uuid4())):
            if isinstance(event, Token):
                reply += event.data.delta
            if isinstance(event, Done):
                print("answered:", bool(reply), event.data.usage.used)

        checked(portfolios_delete.sync(created.id, client=client))
        print("deleted:", created.name)


main(*sys.argv[1:])
