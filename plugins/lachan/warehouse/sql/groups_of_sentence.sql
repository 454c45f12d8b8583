-- noqa: disable=RF01,RF03
-- Included where `sentence` is a row of marts.report_sentence: the groups of the indicators that its template names.
    select coalesce(named.indicator_group, 'common') as indicator_group
    from (values (1)) as always
    left join lateral (
        select distinct indicator.indicator_group
        from reference.report_template as template
        cross join lateral regexp_matches(template.template_vi, '\{([a-z_]+)', 'g') as placeholder (match)
        inner join reference.indicators as indicator on indicator.indicator_key = placeholder.match[1]
        where template.sentence_key = sentence.sentence_key
    ) as named on true
