"""helicone-helpers: calls made elsewhere and reported afterwards, whole, streamed, and a tool."""

import time

from answers import GATEWAY, KEY, OPENAI_MODEL, QUESTION, got
from helicone_helpers import HeliconeManualLogger

logger = HeliconeManualLogger(api_key=KEY, headers={"Helicone-User-Id": "ada"}, logging_endpoint=GATEWAY)
request = {"model": OPENAI_MODEL, "messages": [{"role": "user", "content": QUESTION}]}
answer = {
    "model": OPENAI_MODEL,
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Three metres."}}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}

logger.log_request(request, lambda recorder: recorder.append_results(answer), {}, "openai")
now = time.time()
logger.send_log(
    None,
    {"_type": "tool", "toolName": "depth", "input": {"river": "Aare"}},
    {"status": "success", "message": "3 m"},
    {"start_time": now - 0.2, "end_time": now, "additional_headers": {"Helicone-Session-Id": "s-logged"}},
)
got("log openai", "Three metres.")
got("log tool", "3 m")
