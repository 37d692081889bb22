"""Model files of Ultralytics (YOLO): YAML with the entries of a backbone and a head."""
