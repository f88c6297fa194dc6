// The Vercel AI SDK with its OpenAI (responses and chat), Anthropic and Google providers.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";
import { ANTHROPIC_MODEL, GATEWAY, GEMINI_MODEL, KEY, OPENAI_MODEL, QUESTION, got, joined } from "./answers.mjs";

const openai = createOpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY });
const anthropic = createAnthropic({ baseURL: `${GATEWAY}/v1`, apiKey: KEY });
const google = createGoogleGenerativeAI({ baseURL: `${GATEWAY}/v1beta`, apiKey: KEY });

for (const [name, model] of [
  ["responses", openai(OPENAI_MODEL)],
  ["chat", openai.chat(OPENAI_MODEL)],
  ["messages", anthropic(ANTHROPIC_MODEL)],
  ["generate", google(GEMINI_MODEL)],
]) {
  got(name, (await generateText({ model, prompt: QUESTION, maxRetries: 0 })).text);
  got(`${name} stream`, await joined(streamText({ model, prompt: QUESTION, maxRetries: 0 }).textStream, (text) => text));
}
