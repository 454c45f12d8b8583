-- Comments on the published tables, which begin with the grain; columns have the descriptions of their marts.

comment on view reporting.figure is 'One row is one published figure in its latest revision: indicator x window x ward (or the city) x breakdown';
comment on view reporting.ward_figure is 'One row is one published figure of the unit after which the login is named (logins of wards only)';
comment on view reporting.figure_revision is 'One row is one change of one published figure; none is ever changed or deleted';
comment on view reporting.report_sentence is 'One row is one sentence of the report of one window, with the ids of the figures in it: select sentence_vi from reporting.report_sentence where window_key = … order by position';

{% for column in figure.columns %}
comment on column reporting.figure.{{ column.name | identifier }} is {{ column.description }};
comment on column reporting.ward_figure.{{ column.name | identifier }} is {{ column.description }};
comment on column reporting.stored_figure.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
comment on column reporting.figure.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.figure.published_at is 'When the revision was published';
comment on column reporting.ward_figure.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.stored_figure.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.ward_figure.published_at is 'When the revision was published';
comment on column reporting.stored_figure.published_at is 'When the revision was published';

{% for column in figure.unrevised_columns %}
comment on column reporting.figure_revision.{{ column.name | identifier }} is {{ column.description }};
comment on column reporting.stored_revision.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
{% for column in figure.revised_columns %}
comment on column reporting.figure_revision.{{ ("old_" ~ column.name) | identifier }} is {{ ("Before, null for a new figure. " ~ column.description) | literal }};
comment on column reporting.stored_revision.{{ ("old_" ~ column.name) | identifier }} is {{ ("Before, null for a new figure. " ~ column.description) | literal }};
comment on column reporting.figure_revision.{{ ("new_" ~ column.name) | identifier }} is {{ ("After, null for a withdrawn figure. " ~ column.description) | literal }};
comment on column reporting.stored_revision.{{ ("new_" ~ column.name) | identifier }} is {{ ("After, null for a withdrawn figure. " ~ column.description) | literal }};
{% endfor %}
comment on column reporting.figure_revision.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.stored_revision.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.figure_revision.change is 'new, changed (a number, a label, or the year before), or withdrawn';
comment on column reporting.stored_revision.change is 'new, changed (a number, a label, or the year before), or withdrawn';
comment on column reporting.figure_revision.changed_at is 'When the change was published';
comment on column reporting.stored_revision.changed_at is 'When the change was published';
comment on column reporting.figure_revision.run_id is 'Run that published it';
comment on column reporting.stored_revision.run_id is 'Run that published it';
comment on column reporting.figure_revision.why is 'Reason that the run gave for the publication, and the first deliveries of the figure''s group that came, were corrected or were taken back';
comment on column reporting.stored_revision.why is 'Reason that the run gave for the publication, and the first deliveries of the figure''s group that came, were corrected or were taken back';
comment on column reporting.figure_revision.publication_id is 'Publication that made the change (publication, publication_delivery); null in revisions of earlier releases';
comment on column reporting.stored_revision.publication_id is 'Publication that made the change (publication, publication_delivery); null in revisions of earlier releases';

comment on table reporting.figure_state is 'One row is one state of one figure, from the publication that made it on. figure, figure_revision and figure_as_of show them';
comment on table reporting.figure_series is 'One row is what figures of one indicator, area and part have in common; a label that changes gets a row of its own';
comment on table reporting.figure_window is 'One row is what figures of one window have in common, once for each completeness and each reason against a comparison';
comment on table reporting.figure_change is 'One row is one reason with which one publication changed figures';
{% for table in ["figure_state", "figure_state_with_threshold", "figure_state_without_threshold"] %}
comment on column reporting.{{ table | identifier }}.figure_hash is 'figure_id in 16 bytes';
comment on column reporting.{{ table | identifier }}.series_no is 'Series (figure_series)';
comment on column reporting.{{ table | identifier }}.window_no is 'Window (figure_window)';
comment on column reporting.{{ table | identifier }}.change_no is 'Change that made the state (figure_change)';
comment on column reporting.{{ table | identifier }}.revision_no is 'Number of the revision, from 1 for each figure';
comment on column reporting.{{ table | identifier }}.is_current is 'Whether no later state of the figure exists';
comment on column reporting.{{ table | identifier }}.change is 'new, changed (a number, a label, or the year before), or withdrawn';
comment on column reporting.{{ table | identifier }}.has_threshold is 'Whether its indicator has a threshold below which counts are small, as of the last publication; true for one that the catalogue does not have';
{% for column in figure.columns if column.stored_in == "state" %}
comment on column reporting.{{ table | identifier }}.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
{% endfor %}
comment on table reporting.figure_state_with_threshold is 'One row is one state of one figure of an indicator with a threshold; readers who are not cleared see what open_figure has of them';
comment on table reporting.figure_state_without_threshold is 'One row is one state of one figure of an indicator without a threshold';
comment on column reporting.figure_series.series_no is 'Number of the series';
comment on column reporting.figure_window.window_no is 'Number of the window in this completeness';
comment on column reporting.figure_change.change_no is 'Number of the change';
comment on column reporting.figure_change.publication_id is 'Publication (publication); null in changes of earlier releases';
comment on column reporting.figure_change.changed_at is 'When it was published';
comment on column reporting.figure_change.run_id is 'Run that published it';
comment on column reporting.figure_change.why is 'Reason that the run gave, and the first deliveries of the figures'' group that came, were corrected or were taken back';
comment on column reporting.figure_change.state_count is 'How many states of figures the change made';
{% for column in figure.columns if column.stored_in != "state" %}
comment on column reporting.figure_{{ column.stored_in | sql_type }}.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}

comment on table reporting.publication is 'One row is one publication of audited figures';
comment on column reporting.publication.publication_id is 'Number of the publication';
comment on column reporting.publication.run_id is 'Run that published';
comment on column reporting.publication.why is 'Reason that the run gave';
comment on column reporting.publication.published_at is 'When it was published';
comment on column reporting.publication.login is 'Login of the session';
comment on column reporting.publication.groups_published is 'Groups of indicators whose figures were published';
comment on column reporting.publication.groups_held is 'Groups that were held back, because their build or audit had failed';

comment on table reporting.publication_delivery is 'One row is one load that came into the published figures of one group of indicators with a publication, or left them';
comment on column reporting.publication_delivery.publication_id is 'The publication';
comment on column reporting.publication_delivery.indicator_group is 'Group of indicators (reference.indicators)';
comment on column reporting.publication_delivery.file_id is 'The load (ops.delivery)';
comment on column reporting.publication_delivery.feed is 'Feed';
comment on column reporting.publication_delivery.path is 'Path of the file in the landing zone';
comment on column reporting.publication_delivery.export_date is 'Day that the file reports';
comment on column reporting.publication_delivery.change is 'What came: new, late, a correction of a published day, released by a person, or replayed; what left: replaced by a later file, retracted by a person, or removed otherwise';
comment on column reporting.publication_delivery.decided_by is 'Person who released or retracted it; null otherwise';
comment on column reporting.publication_delivery.decided_why is 'Reason of that person; null otherwise';

{% for column in report_sentence.stored_columns %}
comment on column reporting.stored_sentence.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
{% for column in report_sentence.shown_columns %}
comment on column reporting.report_sentence.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
comment on table reporting.stored_sentence is 'One row is one sentence of the report of one window, as report_sentence shows it to cleared readers';
comment on column reporting.stored_sentence.published_at is 'When the sentence was published';
comment on column reporting.report_sentence.published_at is 'When the sentence was published';

comment on table reporting.replaced_sentence is 'One row is one sentence of a report that a later publication replaced or left out, from this release on';
comment on column reporting.replaced_sentence.window_key is 'Reporting window';
comment on column reporting.replaced_sentence.sentence_key is 'Key of the template';
comment on column reporting.replaced_sentence.position is 'Position in the report';
comment on column reporting.replaced_sentence.topic_vi is 'Heading of its section';
comment on column reporting.replaced_sentence.sentence_vi is 'The sentence';
comment on column reporting.replaced_sentence.published_at is 'When it was published';
comment on column reporting.replaced_sentence.replaced_at is 'When the publication was made that replaced it or left it out';

comment on table reporting.handout is 'One row is one report or letter that was handed out as a file; none is ever changed or deleted';
comment on column reporting.handout.handout_no is 'Number';
comment on column reporting.handout.handed_out_at is 'When it was made';
comment on column reporting.handout.handed_out_by is 'To whom: the name of the person, or of the DAG that filed it';
comment on column reporting.handout.login is 'Login of the session';
comment on column reporting.handout.document is 'report, or letter to an agency';
comment on column reporting.handout.file_kind is 'Kind of file';
comment on column reporting.handout.window_key is 'Window of a report';
comment on column reporting.handout.ward_key is 'Area of a report: city, or a ward';
comment on column reporting.handout.agency is 'Agency to which a letter goes';
comment on column reporting.handout.as_of is 'The instant whose published state a report shows; `lachan report --as-of` makes it again. Of a letter, when it was made';
comment on column reporting.handout.publication_id is 'The last publication in the report (publication); null in letters, and in reports that a ward took';
comment on column reporting.handout.sha256 is 'Hash of the file';
comment on column reporting.handout.shows_all_numbers is 'Whether it was made by a cleared reader, whose files have small counts too';
comment on column reporting.handout.open_sha256 is 'Hash of the file, if it has no small counts; null otherwise';

{% for view in ["figure", "ward_figure"] %}
comment on column reporting.{{ view | identifier }}.suppressed is 'Why readers who are not cleared do not see the numbers: primary (a count is small), secondary (it would reveal a small count); hidden for those readers themselves; null if they see them';
{% endfor %}
comment on view reporting.stored_figure is 'One row is one published figure in its latest revision; reporting.figure shows it to cleared readers';
comment on view reporting.stored_revision is 'One row is one change of one published figure; reporting.figure_revision shows it to cleared readers';
comment on column reporting.figure_area.ward_key is 'Ward, or city';
comment on column reporting.figure_area.ward_code is 'Official code of the ward';
comment on column reporting.figure_area.ward_name is 'Name of the ward, or of the whole city';
comment on column reporting.figure_part.indicator_key is 'Indicator';
comment on column reporting.figure_part.breakdown_value is 'total, or the part';
comment on column reporting.figure_part.breakdown_label_vi is 'Label of the part';
comment on view reporting.figure_area is 'One row is one ward, or the city, with its latest labels';
comment on view reporting.figure_part is 'One row is one part of one indicator with its latest label';
comment on table reporting.small_count_rule is 'One row is one indicator of the catalogue as of the last publication, with what is small of it';
comment on column reporting.small_count_rule.indicator_key is 'Indicator';
comment on column reporting.small_count_rule.small_count_below is 'Counts from 1 up to below this number are small; 0 if none is';
comment on column reporting.small_count_rule.hides_small_counts is 'Whether readers who are not cleared do not see small counts of it';
comment on table reporting.open_figure is 'One row is one figure of an indicator with a threshold as readers who are not cleared see it: those that are suppressed without numbers, those whose mere existence would tell something not at all';
comment on column reporting.open_figure.figure_hash is 'figure_id in 16 bytes';
comment on column reporting.open_figure.series_no is 'Series (figure_series)';
comment on column reporting.open_figure.window_no is 'Window (figure_window)';
comment on column reporting.open_figure.is_suppressed is 'Whether the numbers are hidden';
comment on column reporting.open_figure.hides_base is 'Whether the comparison with the year before is hidden';
{% for column in figure.columns if column.stored_in == "state" %}
comment on column reporting.open_figure.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}

comment on view reporting.late_adjustment is 'One row is one change of a published figure of an administrative window, made after the day that followed the close of the window';
comment on column reporting.late_adjustment.figure_id is 'The figure';
comment on column reporting.late_adjustment.revision_no is 'Number of the revision';
comment on column reporting.late_adjustment.indicator_key is 'Indicator';
comment on column reporting.late_adjustment.label_vi is 'Label of the indicator';
comment on column reporting.late_adjustment.window_key is 'Window';
comment on column reporting.late_adjustment.window_label_vi is 'Label of the window';
comment on column reporting.late_adjustment.window_ends_on is 'Last day of the window';
comment on column reporting.late_adjustment.ward_key is 'Ward, or city';
comment on column reporting.late_adjustment.ward_name is 'Name of the ward, or of the whole city';
comment on column reporting.late_adjustment.breakdown_label_vi is 'Label of the breakdown value';
comment on column reporting.late_adjustment.old_value is 'Value before; null if there was no figure';
comment on column reporting.late_adjustment.new_value is 'Value after; null if the figure was withdrawn';
comment on column reporting.late_adjustment.changed_at is 'When the change was published';
comment on column reporting.late_adjustment.days_after_close is 'Days from the last day of the window to the change';
comment on column reporting.late_adjustment.publication_id is 'Publication that made the change';
comment on column reporting.late_adjustment.why is 'Reason of the change';
comment on column reporting.late_adjustment.note_vi is 'Note for reports';
