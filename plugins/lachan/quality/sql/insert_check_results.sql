insert into ops.check_result
    (run_id, stage, suite, expectation, column_name, severity, success, expected, failed_keys, exception)
values
{% for verdict in verdicts %}
    (
        {{ run_id }}, {{ stage }}, {{ verdict.suite }}, {{ verdict.expectation }}, {{ verdict.column }},
        {{ verdict.severity }}, {{ verdict.success }}, {{ verdict.expected }},
        {{ verdict.failed | json }}, {{ verdict.exception }}
    ){% if not loop.last %},{% endif %}

{% endfor %}
