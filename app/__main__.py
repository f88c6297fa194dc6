"""`python -m app` serves the dashboard."""

from app.main import main

main()
