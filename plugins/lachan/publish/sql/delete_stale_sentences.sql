-- Sentences follow from the figures in them, whose revisions are kept: of a sentence only the newest text stands.
delete from reporting.report_sentence as published
where not exists (
    select from marts.report_sentence as computed
    where
        ({{ report_sentence.names | identifiers("computed") }})
        is not distinct from ({{ report_sentence.names | identifiers("published") }})
)
