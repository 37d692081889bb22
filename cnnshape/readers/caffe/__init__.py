"""The text of Caffe's networks (`.prototxt`)."""
