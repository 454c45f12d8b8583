-- Most states of a figure are its first: what has changed since is found without reading them.
create index figure_state_revised on reporting.figure_state (change_no) where change <> 'new';
