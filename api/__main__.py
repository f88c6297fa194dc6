"""`python -m api` serves the REST API."""

from api.main import main

main()
