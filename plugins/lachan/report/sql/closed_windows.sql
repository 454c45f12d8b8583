-- The administrative windows that ended in some days, with the last publication that changed one of their figures: 0 for those
-- of releases that kept no publications.
select
    figure.window_key,
    figure.window_ends_on as ends_on,
    bool_and(figure.is_complete) filter (where figure.ward_key = 'city') as is_complete,
    coalesce(max(change.publication_id), 0) as publication_id
from reporting.figure as figure
inner join reporting.figure_state as state
    on state.figure_id = figure.figure_id and state.revision_no = figure.revision_no
inner join reporting.figure_change as change on change.change_no = state.change_no
where
    figure.window_basis = 'administrative'
    and figure.window_ends_on >= {{ since }}
    and figure.window_ends_on < {{ until }}
    and figure.ward_basis = 'as_was'
group by figure.window_key, figure.window_ends_on
having bool_or(figure.ward_key = 'city')
order by figure.window_ends_on, figure.window_key
