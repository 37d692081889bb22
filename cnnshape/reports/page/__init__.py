"""Pages for a browser, each one file that needs nothing else: data from Python, drawn by the scripts beside this."""
