"""The script that Streamlit runs for every visit and click.

It stands in a folder of its own: Streamlit reads the configuration beside a script, and takes files of a folder `pages`
beside it for pages.
"""

from app.dashboard.navigation import draw

draw()
