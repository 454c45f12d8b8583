-- Sentences have no revisions of their own: they follow from their figures, whose revisions are kept.
delete from reporting.report_sentence as published
where not exists (
    select from marts.report_sentence as computed
    where
        ({{ report_sentence.names | identifiers("computed") }})
        is not distinct from ({{ report_sentence.names | identifiers("published") }})
)
