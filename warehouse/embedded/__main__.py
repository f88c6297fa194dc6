"""`python -m warehouse.embedded`."""

import os
import sys

if __name__ == "__main__":
    # The engine takes its time zone when it is imported, and ours is always UTC.
    os.environ["TZ"] = "UTC"
    from warehouse.embedded.main import main

    sys.exit(main())
