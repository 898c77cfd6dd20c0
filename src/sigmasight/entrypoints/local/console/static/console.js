// What htmx leaves: reading the assistant's stream, and copying commands.
"use strict";

const BLOCK = /\r?\n\r?\n/;

async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffered = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (buffered + part.value).split(BLOCK);
    buffered = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split(/\r?\n/).map((line) => line.split(/: (.*)/s)));
      if (fields.data) yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

function add(conversation, kind, text) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = text;
  conversation.append(item);
  return item;
}

async function ask(form) {
  const conversation = document.getElementById("conversation");
  const body = new URLSearchParams(new FormData(form));
  add(conversation, "question", form.elements.text.value);
  const answer = add(conversation, "answer", "");
  answer.setAttribute("aria-busy", "true");
  form.elements.text.value = "";
  try {
    const response = await fetch(form.action, { method: "POST", body });
    if (!response.ok) throw new Error(`The console answered ${response.status}.`);
    for await (const { name, data } of eventsOf(response)) {
      if (name === "call") {
        form.elements.conversation_id.value = data.conversation_id;
        document.getElementById("chat-calls").innerHTML = data.html;
      } else if (name === "token") {
        answer.textContent += data.data.delta;
      } else if (name === "problem" || name === "error") {
        answer.classList.add("failed");
        answer.textContent += data.detail ?? data.data.error;
      }
    }
  } catch (error) {
    answer.classList.add("failed");
    answer.textContent += error.message;
  }
  answer.removeAttribute("aria-busy");
  document.body.dispatchEvent(new Event("entitlements-changed"));
}

document.addEventListener("submit", async (event) => {
  if (event.target.id !== "chat") return;
  event.preventDefault();
  const send = event.target.querySelector("button");
  send.disabled = true;
  await ask(event.target);
  send.disabled = false;
});

document.addEventListener("keydown", (event) => {
  if (event.target.id === "text" && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

document.addEventListener("click", async (event) => {
  if (!event.target.matches("button.copy")) return;
  const command = event.target.parentElement.querySelector("code.curl").textContent;
  event.target.textContent = await navigator.clipboard.writeText(command).then(
    () => "Copied",
    () => "This browser does not allow it: select the command",
  );
});

// A file of one's own, or a sample: the later choice counts. The columns of the former one do not.
document.addEventListener("change", (event) => {
  const other = { csv_file: "sample", sample: "csv_file" }[event.target.id];
  if (!other) return;
  document.getElementById("mapping").value = "";
  if (event.target.value) document.getElementById(other).value = "";
});

// What was focused is gone with its part of the page: go on at the result.
document.addEventListener("htmx:afterSettle", (event) => {
  if (document.activeElement !== document.body) return;
  event.detail.target.querySelector("[data-result]")?.focus();
});
