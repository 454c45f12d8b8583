-- Comments on the published tables, which begin with the grain; columns have the descriptions of their marts.

comment on table reporting.figure is 'One row is one published figure in its latest revision: indicator x window x ward (or the city) x breakdown';
comment on table reporting.figure_revision is 'One row is one change of one published figure; never updated, never deleted';
comment on table reporting.report_sentence is 'One row is one sentence of the report of one window, with the ids of the figures in it: select sentence_vi from reporting.report_sentence where window_key = … order by position';

{% for column in figure.columns %}
comment on column reporting.figure.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
comment on column reporting.figure.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.figure.published_at is 'When the revision was published';

{% for column in figure.unrevised_columns %}
comment on column reporting.figure_revision.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
{% for column in figure.revised_columns %}
comment on column reporting.figure_revision.{{ ("old_" ~ column.name) | identifier }} is {{ ("Before, null for a new figure. " ~ column.description) | literal }};
comment on column reporting.figure_revision.{{ ("new_" ~ column.name) | identifier }} is {{ ("After, null for a withdrawn figure. " ~ column.description) | literal }};
{% endfor %}
comment on column reporting.figure_revision.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.figure_revision.change is 'new, changed (a number, a label, or the year before), or withdrawn';
comment on column reporting.figure_revision.changed_at is 'When the change was published';
comment on column reporting.figure_revision.run_id is 'Run that published it';
comment on column reporting.figure_revision.why is 'Reason that the run gave for the publication';

{% for column in report_sentence.columns %}
comment on column reporting.report_sentence.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
comment on column reporting.report_sentence.published_at is 'When the sentence was published';

comment on function reporting.figure_as_of is 'The figures as published at an instant: the last revision of each figure up to then, without withdrawn figures';
