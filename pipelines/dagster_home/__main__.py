"""Prepares a Dagster home from the command line, as the containers do before they start."""

import argparse
from pathlib import Path

from pipelines.dagster_home import create_storage, write_dagster_home


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.dagster_home", description=__doc__)
    parser.add_argument("directory", type=Path, help="what DAGSTER_HOME names")
    parser.add_argument("--code-host", default="127.0.0.1", help="where the code server listens")
    parser.add_argument("--code-port", type=int, required=True)
    parser.add_argument(
        "--postgres-url-variable", help="environment variable with the URL of a PostgreSQL for Dagster's own tables"
    )
    given = parser.parse_args()
    write_dagster_home(
        given.directory,
        code_port=given.code_port,
        code_host=given.code_host,
        postgres_url_variable=given.postgres_url_variable,
    )
    create_storage(given.directory)


if __name__ == "__main__":
    main()
