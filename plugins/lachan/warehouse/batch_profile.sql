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

grant select, insert, update on ops.batch_profile to lachan_loader;
grant select on ops.batch_profile to lachan_steward;
