"""Brings a team's history from Helicone into the raw log, from where the pipelines load it like any other record.

    api.py, saved_pages.py    where rows come from: Helicone's API, or files somebody saved
    row.py                    what Helicone says of one request
    records.py                makes it the records that the gateway would have written
    packing.py                packs records into segments under keys that their content gives
    history.py                goes through the days, and goes on where it was interrupted

Nothing is doubled by a second run, nor by one that goes on after a kill: the same content gets the same key, and of two
records with the same id the loader keeps the first.
"""
