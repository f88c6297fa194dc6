"""Starts the fake upstream: `python -m weir.upstream --port 8900`."""

import argparse

from weir.upstream.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="weir.upstream", description="Answers like OpenAI and Anthropic, for tests.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8900, help="the port to listen on")
    arguments = parser.parse_args()
    serve(arguments.host, arguments.port)


if __name__ == "__main__":
    main()
