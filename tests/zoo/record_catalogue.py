"""Write the figures of the built-in networks: ``python tests/zoo/record_catalogue.py``."""

from __future__ import annotations

from pathlib import Path

from cnnshape.readers.files import zoo_folder
from cnnshape.studies.zoo import CATALOGUE, catalogue_text

if __name__ == "__main__":
    Path(zoo_folder(), CATALOGUE).write_text(catalogue_text(), encoding="utf-8")
