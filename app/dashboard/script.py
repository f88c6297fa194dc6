"""The script that Streamlit runs for every visit and click.

It stands in a folder of its own: Streamlit reads the configuration beside it, and takes files of a folder `pages` beside
a script for pages.
"""

from app.shell import draw

draw()
