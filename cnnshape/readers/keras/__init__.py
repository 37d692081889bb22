"""Models as Keras writes them: `.keras`, `to_json()` of Keras 3 and 2, `.h5`. Their code is never run."""
