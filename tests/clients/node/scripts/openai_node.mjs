// openai-node: chat completions and responses, streamed and not.
import OpenAI from "openai";
import { GATEWAY, KEY, OPENAI_MODEL, QUESTION, got, joined } from "./answers.mjs";

const client = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 0 });
const asked = { model: OPENAI_MODEL, messages: [{ role: "user", content: QUESTION }] };

got("chat", (await client.chat.completions.create(asked)).choices[0].message.content);
const chunks = await client.chat.completions.create({ ...asked, stream: true });
got("chat stream", await joined(chunks, (chunk) => chunk.choices[0]?.delta?.content));
got("responses", (await client.responses.create({ model: OPENAI_MODEL, input: QUESTION })).output_text);
const events = await client.responses.create({ model: OPENAI_MODEL, input: QUESTION, stream: true });
got("responses stream", await joined(events, (event) => (event.type === "response.output_text.delta" ? event.delta : "")));
