-- One row: the fingerprint of the pseudonym key and where it was found, null if none is stored, and whether rows were loaded.
select
    (select k.fingerprint from ops.pseudonym_key as k) as fingerprint,
    (select k.found_at from ops.pseudonym_key as k) as found_at,
    exists(select from ops.export_file where rows_loaded > 0) as has_rows
