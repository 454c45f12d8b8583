-- What the gate judges: one row per loaded file.

create table if not exists ops.batch_profile (
    file_id bigint primary key references ops.export_file,
    feed text not null,
    path text not null,
    export_date date not null,
    rows_read bigint not null,
    quarantined_share double precision not null,
    broken_share double precision not null,
    usual_rows double precision,
    volume_ratio double precision,
    volume_excess double precision,
    misdated_share double precision not null,
    rows_from_the_future bigint not null,
    distribution_shift double precision,
    shrinkage double precision not null default 0,
    warnings bigint not null,
    profiled_at timestamptz not null default clock_timestamp()
);

comment on table ops.batch_profile is 'One row is one loaded file as a whole: what the gate judges it by';
comment on column ops.batch_profile.quarantined_share is 'Share of its records that went to quarantine';
comment on column ops.batch_profile.broken_share is 'The same, only for files of 20 records or more; 0 below';
comment on column ops.batch_profile.usual_rows is 'Median of the records of files of the same weekday in the eight weeks before; null below three such files';
comment on column ops.batch_profile.volume_ratio is 'Records against the usual; null where the usual is below 20 or unknown';
comment on column ops.batch_profile.volume_excess is 'Records beyond five times the usual and fifty on top; null where the usual is unknown';
comment on column ops.batch_profile.misdated_share is 'Share of rows whose day is not the file''s, for files of 10 rows or more; 0 below';
comment on column ops.batch_profile.rows_from_the_future is 'Rows whose day lies after the moment of loading';
comment on column ops.batch_profile.distribution_shift is 'Total variation distance of the feed''s mix from the 60 days before; null below 30 rows';

comment on column ops.batch_profile.shrinkage is 'Of a snapshot of a register: the share of rows that it has fewer than the last one; 0 for fewer than five rows';

grant select, insert, update on ops.batch_profile to lachan_loader;
grant select on ops.batch_profile to lachan_steward;
