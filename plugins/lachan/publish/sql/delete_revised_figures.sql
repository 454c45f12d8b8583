delete from reporting.figure as published
using revised
where revised.figure_id = published.figure_id
