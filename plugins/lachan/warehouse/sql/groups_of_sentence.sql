-- noqa: disable=RF01,RF03
-- Included where `sentence` is a row of marts.report_sentence: the groups of the indicators that it names.
    select distinct coalesce(indicator.indicator_group, 'common') as indicator_group
    from (values (1)) as always
    left join marts.figure as named on named.figure_id = any(sentence.figure_ids)
    left join reference.indicators as indicator on indicator.indicator_key = named.indicator_key
