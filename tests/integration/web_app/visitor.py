"""A person at the web app: its requests from a browser, with tokens of its JWT template."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.support.builders import signing
from tests.support.builders.clerk_users import Person, a_person

ORIGIN: Final = "http://localhost:3005"
TEMPLATE_CATEGORY: Final = "cl_B7d4PD222AAA"


@dataclass
class Visitor:
    """Sends each request as the browser does, and checks that the browser may read the answer."""

    client: httpx.Client
    person: Person

    @classmethod
    @contextmanager
    def named(cls, name: str, base_url: str) -> Iterator["Visitor"]:
        with httpx.Client(base_url=f"{base_url}/api/v1", timeout=30) as client:
            yield cls(client, a_person(name))

    def token(self) -> str:
        """Sign a token of the JWT template, which belongs to no session."""
        claims = signing.claims(
            sub=self.person.id,
            sid=None,
            sts=None,
            v=None,
            aud="sigmasight.io",
            email=self.person.email,
            email_verified=True,
        )
        head = signing.header(cat=TEMPLATE_CATEGORY)
        return signing.sign(head, json.dumps(claims).encode())

    def send(self, method: str, path: str, status: int = 200, **of: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token()}", "Origin": ORIGIN, "Accept": "*/*"}
        answer = self.client.request(method, path, headers=headers, **of)
        assert answer.status_code == status, f"{method} {path}: {answer.text}"
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        if not answer.headers["Content-Type"].startswith("application/json"):
            return answer
        return answer.json()

    def subscribe(self) -> None:
        """Subscribe to a paid plan, which Clerk reports by webhook."""
        headers, body = signing.a_webhook(self.person.subscribed(1), svix_id="msg_subscribed")
        answer = self.client.post("/webhooks/clerk", headers=headers, content=body)
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **of: Any) -> Any:
        return self.send("GET", path, **of)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.send("POST", path, status, json=body)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self.send("PUT", path, status, json=body)

    def upload(self, name: str, csv: str) -> Any:
        form = {
            "portfolio_name": name,
            "account_name": name,
            "account_type": "taxable",
            "equity_balance": "100000",
        }
        files = {"csv_file": ("positions.csv", csv.encode(), "text/csv")}
        headers = {"Authorization": f"Bearer {self.token()}", "Origin": ORIGIN}
        answer = self.client.post(
            "/onboarding/create-portfolio", headers=headers, data=form, files=files
        )
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def stream(self, path: str, body: Any) -> list[tuple[str, Any]]:
        """Send a question, and return the events of the answer."""
        answer = self.send("POST", path, json=body)
        blocks = [block.split("\n") for block in answer.text.split("\n\n") if block]
        return [
            (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
            for name, data in blocks
        ]
