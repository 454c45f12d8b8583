-- Whether a city keeps the revisions of a figure from readers who are not cleared (docs/privacy.md, rule 4). Until the figures are
-- collected again, those of all are kept.
alter table province.stored_figure add column hides_revisions boolean not null default true;
