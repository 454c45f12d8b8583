"""What a failed node of dbt holds back: its own group of indicators, all groups whose figures stand on it, or none."""

from __future__ import annotations

from collections.abc import Iterable

from dbt.contracts.graph.manifest import Manifest

AUDITED = ("model.lachan.figure", "model.lachan.report_sentence", "model.lachan.reconciliation")


class Graph:
    """The graph of the parsed dbt project."""

    def __init__(self, project: Manifest) -> None:
        project.build_parent_and_child_maps()
        self._nodes = project.nodes
        self._children = project.child_map

    def group(self, node_id: str) -> str | None:
        """The dbt group of a model, or of a test all of whose models are in one group; None for anything else."""
        node = self._nodes[node_id]
        if node.resource_type != "test":
            declared: str | None = node.config.get("group")
            return declared
        groups = {self.group(parent) for parent in node.depends_on_nodes if parent in self._nodes}
        return groups.pop() if len(groups) == 1 else None

    def holds_back_all(self, node_id: str) -> bool:
        """Whether a node outside all groups is, tests, or leads to one of the audited marts."""
        if self.group(node_id) is not None:
            return False
        node = self._nodes[node_id]
        waiting = [node_id, *(node.depends_on_nodes if node.resource_type == "test" else ())]
        seen: set[str] = set()
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += self._children.get(current, ())
        return not seen.isdisjoint(AUDITED)


def held_groups(graph: Graph, failed: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The groups that are held back by failed nodes, given as (id, message), each with the reason."""
    reasons: dict[str, list[str]] = {}
    for node_id, message in failed:
        if group := graph.group(node_id):
            reasons.setdefault(group, []).append(message)
    return {group: "; ".join(messages) for group, messages in reasons.items()}
