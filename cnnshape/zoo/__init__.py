"""The well-known networks: architecture files, data only. `index.json` lists them."""
