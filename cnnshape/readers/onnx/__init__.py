"""Models in ONNX, opsets 7 to the newest. The library reads the protobuf; the shapes are worked out here."""
