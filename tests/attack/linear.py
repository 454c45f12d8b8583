"""What a system of sums tells about counts: by exact rank, and by linear programming."""

from __future__ import annotations

import math
from collections.abc import Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

PRIME = 2**20 - 3
"""Ranks are computed modulo this prime: sums of thousands of products of two residues are exact in 64-bit floats."""
BLOCK = 128
EPSILON = 1e-6
Indices = NDArray[np.int64]


class Sums:
    """Non-negative integers, one for each of `count` atoms, of which some sums are known.

    `rows` has the atoms of each sum. Atoms that occur in the same sums cannot be told apart; they are one class here.
    """

    def __init__(self, rows: Sequence[Indices], values: Sequence[int], count: int) -> None:
        random = np.random.default_rng(138)
        marks = random.integers(0, 2**64, len(rows), dtype=np.uint64)
        of_atom = np.zeros(count, np.uint64)
        for row, mark in zip(rows, marks, strict=True):
            of_atom[row] += mark
        _, self._class, self._sizes = np.unique(of_atom, return_inverse=True, return_counts=True)
        distinct: dict[bytes, tuple[Indices, int]] = {}
        for row, value in zip(rows, values, strict=True):
            classes = np.unique(self._class[row])
            _, known = distinct.setdefault(classes.tobytes(), (classes, value))
            assert known == value, "the sums contradict each other"
        self.rows = [classes for classes, _ in distinct.values()]
        self.values = np.array([value for _, value in distinct.values()], dtype=np.int64)
        self.classes = len(self._sizes)
        self._solve(random)

    def _solve(self, random: np.random.Generator) -> None:
        """Find weights of the classes by which each sum of the known ones can be told, and its value.

        `_zeros` are random solutions of the sums with 0 in place of their values, `_solution` is one with their values.
        A sum of classes follows from the known ones if and only if it is 0 in all of the former (up to a chance of
        PRIME**-2). Where there are many more classes than sums, the classes are mixed at random into fewer columns
        first, which keeps the rank; if it did not, the sums would contradict each other.
        """
        width = min(self.classes, len(self.rows) + 64)
        places = [random.integers(0, width, self.classes) for _ in range(2)]
        factors = [random.integers(1, PRIME, self.classes) for _ in range(2)]
        if width == self.classes:
            places, factors = [np.arange(width)], [np.ones(width, np.int64)]
        table = np.zeros((len(self.rows), width + 1))
        for number, classes in enumerate(self.rows):
            for place, factor in zip(places, factors, strict=True):
                table[number, :width] += np.bincount(place[classes], factor[classes], width)
        table[:, :width] %= PRIME
        table[:, width] = self.values % PRIME
        basis, pivots = _reduced(table)
        free = np.setdiff1d(np.arange(width), pivots)
        solutions = np.zeros((3, width))
        solutions[:2, free] = random.integers(0, PRIME, (2, len(free)))
        solutions[:, pivots] = -(solutions[:, free] @ basis[:, free].T) % PRIME
        solutions[2, pivots] = basis[:, width]
        whole = solutions.astype(np.int64)
        mixed = sum(whole[:, place] * factor % PRIME for place, factor in zip(places, factors, strict=True)) % PRIME
        self._zeros, self._solution = mixed[:2], mixed[2]

    def classes_of(self, atoms: Indices) -> tuple[Indices, NDArray[np.bool_]]:
        """The classes of which a sum has atoms, and of which of them it has all."""
        classes, counts = np.unique(self._class[atoms], return_counts=True)
        return classes, counts == self._sizes[classes]

    def determined(self, atoms: Indices) -> int | None:
        """The value of a sum of atoms, if it follows from the known sums alone."""
        classes, is_whole = self.classes_of(atoms)
        if not is_whole.all() or (self._zeros[:, classes].sum(axis=1) % PRIME).any():
            return None
        value = int(self._solution[classes].sum() % PRIME)
        return value if value < PRIME // 2 else value - PRIME


def _reduced(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], Indices]:
    """The reduced echelon form of rows with their values as last column, without empty rows; and its pivot columns."""
    basis, pivots = table[:0], np.empty(0, np.int64)
    for start in range(0, len(table), BLOCK):
        block = table[start : start + BLOCK]
        block = (block - (block[:, pivots] @ basis) % PRIME) % PRIME
        block, found = _reduced_block(block)
        basis = np.vstack([(basis - (basis[:, found] @ block) % PRIME) % PRIME, block])
        pivots = np.concatenate([pivots, found])
    return basis, pivots


def _reduced_block(block: NDArray[np.float64]) -> tuple[NDArray[np.float64], Indices]:
    kept: list[int] = []
    pivots: list[int] = []
    for number in range(len(block)):
        columns = np.flatnonzero(block[number])
        if not len(columns):
            continue
        column = int(columns[0])
        assert column < block.shape[1] - 1, "the sums contradict each other"
        block[number] = block[number] * pow(int(block[number, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(block[:, column])
        others = others[others != number]
        block[others] = (block[others] - np.outer(block[others, column], block[number]) % PRIME) % PRIME
        kept.append(number)
        pivots.append(column)
    return block[kept], np.array(pivots, np.int64)


class Bounds:
    """The smallest and largest value that a sum of atoms can have, where no atom is negative."""

    def __init__(self, sums: Sums) -> None:
        self._sums = sums
        count = sums.classes
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        problem = highspy.HighsLp()
        problem.num_col_, problem.num_row_ = count, len(sums.rows)
        problem.col_cost_ = np.zeros(count)
        problem.col_lower_, problem.col_upper_ = np.zeros(count), np.full(count, highspy.kHighsInf)
        problem.row_lower_ = problem.row_upper_ = sums.values.astype(float)
        problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        problem.a_matrix_.start_ = np.cumsum([0, *map(len, sums.rows)])
        problem.a_matrix_.index_ = np.concatenate(sums.rows)
        problem.a_matrix_.value_ = np.ones(sum(map(len, sums.rows)))
        self._solver.passModel(problem)
        self._columns = np.arange(count, dtype=np.int32)

    def of(self, atoms: Indices) -> tuple[int, float]:
        """Bounds of a sum of atoms as integers; infinity if nothing bounds it."""
        classes, is_whole = self._sums.classes_of(atoms)
        largest = self._extreme(classes, highspy.ObjSense.kMaximize)
        smallest = self._extreme(classes[is_whole], highspy.ObjSense.kMinimize)
        return math.ceil(smallest - EPSILON), largest if math.isinf(largest) else math.floor(largest + EPSILON)

    def _extreme(self, classes: Indices, sense: highspy.ObjSense) -> float:
        cost = np.zeros(self._sums.classes)
        cost[classes] = 1
        self._solver.changeColsCost(len(cost), self._columns, cost)
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return math.inf
        assert status == highspy.HighsModelStatus.kOptimal, status
        return float(self._solver.getInfo().objective_function_value)
