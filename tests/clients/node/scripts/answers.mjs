// What every script here shares: where the gateway is, and how a script tells what its client got (one line of JSON for
// each call, as tests/clients/python/answers.py has it).

export const GATEWAY = process.env.GATEWAY;
export const KEY = process.env.WEIR_KEY;
export const OPENAI_MODEL = "gpt-5-mini";
export const ANTHROPIC_MODEL = "claude-haiku-4-5";
export const GEMINI_MODEL = "gemini-2.5-flash";
export const QUESTION = "How deep is the river?";

export function got(call, text) {
  process.stdout.write(JSON.stringify({ call, text }) + "\n");
}

export async function joined(chunks, text) {
  let whole = "";
  for await (const chunk of chunks) whole += text(chunk) ?? "";
  return whole;
}
