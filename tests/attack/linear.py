"""What a system of sums tells about counts: by exact rank, and by linear programming."""

from __future__ import annotations

import math

import highspy
import numpy as np
from numpy.typing import NDArray

PRIME = 2**31 - 1
"""Ranks are computed modulo this prime; products of two residues fit into 64 bits."""
EPSILON = 1e-6


class Sums:
    """The non-negative integers x (one for each atom) of which `rows @ x == values` is known.

    Atoms that occur in the same rows cannot be told apart, so they are one variable here.
    """

    def __init__(self, rows: NDArray[np.bool_], values: list[int]) -> None:
        rows, first = np.unique(rows, axis=0, return_index=True)
        self.values = np.array(values, dtype=np.int64)[first]
        self.rows, classes = np.unique(rows, axis=1, return_inverse=True)
        classes = classes.reshape(-1)
        self._order = np.argsort(classes, kind="stable")
        self._starts = np.searchsorted(classes[self._order], np.arange(self.rows.shape[1]))
        self._reduce()

    def _reduce(self) -> None:
        """Gauss-Jordan elimination of the rows with their values as last column."""
        table = np.column_stack([self.rows.astype(np.int64), self.values % PRIME])
        self._pivots: list[int] = []
        for column in range(self.rows.shape[1]):
            place = len(self._pivots)
            found = np.flatnonzero(table[place:, column])
            if not len(found):
                continue
            table[[place, place + found[0]]] = table[[place + found[0], place]]
            table[place] = table[place] * pow(int(table[place, column]), -1, PRIME) % PRIME
            others = np.flatnonzero(table[:, column])
            others = others[others != place]
            table[others] = (table[others] - table[others, column, None] * table[place]) % PRIME
            self._pivots.append(column)
            if len(self._pivots) == len(table):
                break
        self._basis = table[: len(self._pivots)]
        assert not table[len(self._pivots) :].any(), "the sums contradict each other"

    def coefficients(self, target: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The smallest and the largest coefficient that a sum of atoms has in each variable."""
        ordered = target[self._order].astype(np.int64)
        return np.minimum.reduceat(ordered, self._starts), np.maximum.reduceat(ordered, self._starts)

    def determined(self, target: NDArray[np.bool_]) -> int | None:
        """The value of a sum of atoms, if it follows from the known sums alone."""
        low, high = self.coefficients(target)
        if (low != high).any():
            return None
        left, value = low.copy(), 0
        for row, column in zip(self._basis, self._pivots, strict=True):
            if factor := int(left[column]):
                left = (left - factor * row[:-1]) % PRIME
                value = (value + factor * int(row[-1])) % PRIME
        if left.any():
            return None
        return value if value < PRIME // 2 else value - PRIME


class Bounds:
    """The smallest and largest value that a sum of atoms can have, where no atom is negative."""

    def __init__(self, sums: Sums) -> None:
        self._sums = sums
        count = sums.rows.shape[1]
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        problem = highspy.HighsLp()
        problem.num_col_, problem.num_row_ = count, len(sums.rows)
        problem.col_cost_ = np.zeros(count)
        problem.col_lower_, problem.col_upper_ = np.zeros(count), np.full(count, highspy.kHighsInf)
        problem.row_lower_ = problem.row_upper_ = sums.values.astype(float)
        places = [np.flatnonzero(sums.rows[:, column]) for column in range(count)]
        problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        problem.a_matrix_.start_ = np.cumsum([0, *map(len, places)])
        problem.a_matrix_.index_ = np.concatenate(places)
        problem.a_matrix_.value_ = np.ones(sum(map(len, places)))
        self._solver.passModel(problem)
        self._columns = np.arange(count, dtype=np.int32)

    def of(self, target: NDArray[np.bool_]) -> tuple[int, float]:
        """Bounds of a sum of atoms as integers; infinity if nothing bounds it."""
        low, high = self._sums.coefficients(target)
        largest = self._extreme(high, highspy.ObjSense.kMaximize)
        smallest = self._extreme(low, highspy.ObjSense.kMinimize)
        return math.ceil(smallest - EPSILON), largest if math.isinf(largest) else math.floor(largest + EPSILON)

    def _extreme(self, cost: NDArray[np.int64], sense: highspy.ObjSense) -> float:
        self._solver.changeColsCost(len(cost), self._columns, cost.astype(float))
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return math.inf
        assert status == highspy.HighsModelStatus.kOptimal, status
        return float(self._solver.getInfo().objective_function_value)
