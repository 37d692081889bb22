"""The well-known networks: architecture files, data only. `index.txt` lists them."""
