// @helicone/helpers: calls made elsewhere and reported afterwards, whole and streamed.
import { HeliconeManualLogger } from "@helicone/helpers";
import { GATEWAY, KEY, OPENAI_MODEL, QUESTION, got } from "./answers.mjs";

const request = { model: OPENAI_MODEL, messages: [{ role: "user", content: QUESTION }] };
const answer = {
  model: OPENAI_MODEL,
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Three metres." } }],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
};
const logger = new HeliconeManualLogger({ apiKey: KEY, loggingEndpoint: GATEWAY });

const named = { "Helicone-User-Id": "ada" };
await logger.logRequest(request, async (recorder) => recorder.appendResults(answer), named, "openai");
got("log", "Three metres.");

const chunks = ["Three ", "metres."].map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
const last = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: answer.usage };
const lines = [...chunks, last].map((chunk) => JSON.stringify({ ...chunk, model: OPENAI_MODEL }) + "\n");
const stream = new ReadableStream({
  start(controller) {
    for (const line of lines) controller.enqueue(new TextEncoder().encode(line));
    controller.close();
  },
});
await logger.logSingleStream(request, stream, { "Helicone-Session-Id": "s-logged" });
got("log stream", "Three metres.");
