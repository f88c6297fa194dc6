"""The script that Streamlit runs for every visit and click.

It must not stand beside the folder `pages`, whose files Streamlit would take for scripts of its own; the configuration
must stand beside it.
"""

from app.dashboard.navigation import draw

draw()
