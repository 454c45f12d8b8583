select reporting.note_handout(
    {{ handout.handed_out_by }}, {{ handout.document }}, {{ handout.file_kind }}, {{ handout.window_key }},
    {{ handout.ward_key }}, {{ handout.agency }}, {{ handout.as_of }}, {{ handout.publication_id }}, {{ handout.sha256 }}
)
