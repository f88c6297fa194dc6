// @helicone/ai-sdk-provider: chat with a session, without and with the /v1 that it adds by itself.
import { createHelicone } from "@helicone/ai-sdk-provider";
import { generateText } from "ai";
import { GATEWAY, KEY, OPENAI_MODEL, QUESTION, got } from "./answers.mjs";

for (const [name, baseURL] of [["bare", GATEWAY], ["with v1", `${GATEWAY}/v1`]]) {
  const helicone = createHelicone({ apiKey: KEY, baseURL });
  const model = helicone(OPENAI_MODEL, { extraBody: { helicone: { sessionId: "s-helicone", userId: "ada" } } });
  got(name, (await generateText({ model, prompt: QUESTION, maxRetries: 0 })).text);
}
