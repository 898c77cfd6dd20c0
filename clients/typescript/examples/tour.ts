/** A portfolio, a refusal and a question: `node dist/examples/tour.js URL TOKEN`. */

import { checked, connect, ProblemError, streamReply } from "../src/index.js";

const [url = "", token = ""] = process.argv.slice(2);
const client = connect(url, token);

const created = checked(
  await client.POST("/api/v1/portfolios", {
    body: { name: "Tour", account_name: `Tour ${crypto.randomUUID()}` },
  }),
);
console.log("created:", created.name);

const listed = checked(await client.GET("/api/v1/portfolios"));
console.log("listed:", listed.portfolios.some((each) => each.id === created.id));

try {
  const portfolio_id = crypto.randomUUID();
  checked(
    await client.GET("/api/v1/portfolios/{portfolio_id}", { params: { path: { portfolio_id } } }),
  );
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  console.log("refused:", error.problem.status, error.problem.code);
}

checked(await client.GET("/api/v1/usage"));
const usage = checked(await client.GET("/api/v1/usage"));
console.log("messages left:", usage.ai_messages.remaining);

const { id } = checked(await client.POST("/api/v1/chat/conversations", { body: {} }));
const question = { conversation_id: id, text: "How concentrated am I?" };
let reply = "";
for await (const { event, data } of streamReply(client, question, {
  idempotencyKey: crypto.randomUUID(),
})) {
  if (event === "token") reply += data.data.delta;
  if (event === "done") console.log("answered:", reply !== "", data.data.usage.used);
}

checked(
  await client.DELETE("/api/v1/portfolios/{portfolio_id}", {
    params: { path: { portfolio_id: created.id } },
  }),
);
console.log("deleted:", created.name);
