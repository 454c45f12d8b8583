-- Sentences that a publication replaces are kept, so that a report can be made again as it was. What is handed out is noted.

create table reporting.replaced_sentence (
    window_key text not null,
    sentence_key text not null,
    position integer not null,
    topic_vi text not null,
    sentence_vi text not null,
    published_at timestamptz not null,
    replaced_at timestamptz not null,
    primary key (window_key, sentence_key, published_at)
);

create sequence reporting.handout_no;

create table reporting.handout (
    handout_no bigint primary key default nextval('reporting.handout_no'),
    handed_out_at timestamptz not null default clock_timestamp(),
    handed_out_by text not null check (length(handed_out_by) between 1 and 200),
    login text not null,
    document text not null check (document in ('report', 'letter')),
    file_kind text not null check (file_kind in ('docx', 'xlsx', 'csv')),
    window_key text,
    ward_key text,
    agency text,
    as_of timestamptz not null,
    publication_id bigint,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    check ((window_key is not null and ward_key is not null) = (document = 'report')),
    check ((agency is not null) = (document = 'letter'))
);
create index handout_of_window on reporting.handout (window_key);
