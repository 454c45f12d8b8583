-- Rights to read what else is published. Safe to run again at any time.

grant select on reporting.report_sentence to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on reporting.publication, reporting.publication_delivery, reporting.late_adjustment
to lachan_analyst, lachan_reporter;
