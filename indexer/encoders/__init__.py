"""Sentence encoders behind one Protocol (indexer.encoder.Encoder), one file each."""
