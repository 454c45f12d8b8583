"""What keeps informants unknown: keyed pseudonyms, scrubbed free text, masked values in quarantine."""
