// @google/genai: generateContent, streamed and not.
import { GoogleGenAI } from "@google/genai";
import { GATEWAY, GEMINI_MODEL, KEY, QUESTION, got, joined } from "./answers.mjs";

const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: GATEWAY } });
const asked = { model: GEMINI_MODEL, contents: QUESTION };

got("generate", (await client.models.generateContent(asked)).text);
got("generate stream", await joined(await client.models.generateContentStream(asked), (part) => part.text));
