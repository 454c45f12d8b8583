update ops.export_file
set
    rows_read = {{ entry.rows_read }},
    rows_loaded = {{ entry.rows_loaded }},
    rows_quarantined = {{ entry.rows_quarantined }},
    rows_duplicate = {{ entry.rows_duplicate }},
    warnings = {{ entry.warnings }}::text[],
    notes = {{ entry.notes }}::text[],
    identity_findings = {{ entry.identity_findings }}::text[],
    sha256 = {{ entry.sha256 }}
where file_id = {{ entry.file_id }}
