"""Protect the identity of informants: keyed pseudonyms, scrubbed free text, masked values in quarantine."""
