// @anthropic-ai/sdk: messages, streamed and not.
import Anthropic from "@anthropic-ai/sdk";
import { ANTHROPIC_MODEL, GATEWAY, KEY, QUESTION, got } from "./answers.mjs";

const client = new Anthropic({ baseURL: GATEWAY, apiKey: KEY, maxRetries: 0 });
const asked = { model: ANTHROPIC_MODEL, max_tokens: 200, messages: [{ role: "user", content: QUESTION }] };

got("messages", (await client.messages.create(asked)).content[0].text);
got("messages stream", await client.messages.stream(asked).finalText());
