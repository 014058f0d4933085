"""Counts attacks on Ferret's sets of learning parity with noise; docs/ot.md, "Parameters", explains them.

    python3 tools/lpn_security.py [--columns 8192] [--least BITS] [--own]

Sets are read from src/ot/ferret_schedule.h; those of the Ferret paper and of emp-ot stand beside them. All figures
are logarithms to base 2 of bit operations, but for the first three columns:

core     the share of the code's columns that is left when the column of least degree is removed, with its rows,
         until there are hardly more rows than columns; measured on a random code of --columns columns and the
         same rows a column. Whoever solves the core for the secret has all the secret.
least    no smaller set of columns holds as many rows, found or not (first-moment bound).
errors   expected errors in the core's rows.
guess    rows of the core without an error, then Wiedemann's algorithm.
least g. the same with the least possible core.
Stern    the same with p errors among the rows, found by collisions on l parity checks, each a solved system.
floor    Stern's, but an attempt costs only the core's columns squared, however many checks it takes.
Gauss, ISD, SD   the formulas of Liu, Wang, Yang, Yu (ePrint 2022/712) for a random code, with n - t and k - t.
algebra  a bound below for solving the quadrics e_i e_j = 0 of each tree (Briaud, Oygarden, ePrint 2023/176) after
         guessing some rows of each tree to be without an error: the square of the number of monomials.

--least fails unless `guess` reaches so many bits for every set of ours, and `floor` 128.
"""

import argparse
import math
import pathlib
import random
import re
import sys

WEIGHT = 10  # ones a row
PUBLISHED = (  # name, columns, rows, trees
    ("emp-ot, small", 1 << 16, 850 << 10, 850),
    ("emp-ot, large", 1 << 19, 1900 << 13, 1900),
    ("paper, first", 36_288, 649_728, 1269),
    ("paper, main", 589_760, 10_805_248, 1319),
)


def own_sets():
    header = pathlib.Path(__file__).parent.parent / "src/ot/ferret_schedule.h"
    found = re.findall(r"LpnSet lpn_(\w+)\{(\d+), (\d+), (\d+)\}", header.read_text())
    if not found:
        sys.exit(f"{header} has no parameter set")
    return [(name, 1 << int(k), int(t) << int(d), int(t)) for name, k, d, t in found]


def log2_binomial(n, k):
    return (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)) / math.log(2)


def core_share(rows_a_column, columns, seed=1):
    """Peels a random code; the share of columns left when rows are at most 1 % more than columns."""
    source = random.Random(seed)
    rows = round(rows_a_column * columns)
    places = [source.choices(range(columns), k=WEIGHT) for _ in range(rows)]
    rows_of = [[] for _ in range(columns)]
    for row, row_places in enumerate(places):
        for column in row_places:
            rows_of[column].append(row)
    degree = [len(rows) for rows in rows_of]
    buckets = [[] for _ in range(max(degree) + 1)]
    for column, count in enumerate(degree):
        buckets[count].append(column)
    removed = bytearray(columns)
    dead = bytearray(rows)
    left_rows, left_columns, least = rows, columns, 0
    while left_rows > 1.01 * left_columns:
        while not buckets[least]:
            least += 1
        column = buckets[least].pop()
        if removed[column] or degree[column] != least:
            continue
        removed[column] = 1
        left_columns -= 1
        for row in rows_of[column]:
            if dead[row]:
                continue
            dead[row] = 1
            left_rows -= 1
            for other in places[row]:
                if not removed[other]:
                    degree[other] -= 1
                    buckets[degree[other]].append(other)
                    least = min(least, degree[other])
    return left_columns / columns


def least_share(rows_a_column):
    """Below it the expected number of sets of columns that hold as many rows as columns vanishes."""

    def expected(share):  # its logarithm, a column
        inside, chance = share / rows_a_column, share**WEIGHT
        if inside <= chance:
            return 1.0
        entropy = -share * math.log(share) - (1 - share) * math.log1p(-share)
        divergence = inside * math.log(inside / chance)
        divergence += (1 - inside) * (math.log1p(-inside) - math.log1p(-chance))
        return entropy - rows_a_column * divergence

    low, high = 0.05, 0.999
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle) < 0 else (low, middle)
    return low


def log2_chance(solved, rows, trees, errors=0):
    """That `solved` rows, as many from each tree, hold so many errors, half of them in each half."""
    rate = solved / rows
    split = log2_binomial(errors, errors // 2) - errors
    hit = log2_binomial(trees, errors) + errors * math.log2(rate)
    return hit + (trees - errors) * math.log2(1 - rate) + split


def log2_sum(*logs):
    top = max(logs)
    return top + math.log2(sum(2 ** (log - top) for log in logs))


def guess(solved, rows, trees):
    return math.log2(2 * WEIGHT * solved**2) - log2_chance(solved, rows, trees)


def stern(solved, rows, trees, check_cost):
    """check_cost(l): of an attempt's l parity checks."""
    best = math.inf
    for errors in range(0, 26, 2):
        size = log2_binomial(solved // 2, errors // 2)  # of each list
        for checks in range(1, 400):
            of_one = math.log2(checks)
            work = log2_sum(check_cost(checks), size + 1 + of_one, 2 * size - checks + of_one)
            best = min(best, work - log2_chance(solved, rows, trees, errors))
    return best


def gauss(k, n, t):
    return 2.8 * math.log2(k) - (log2_binomial(n - k, t) - log2_binomial(n, t))


def information_set_decoding(k, n, t):
    """Stern, Dumer."""
    best = math.inf
    for errors in range(0, 26, 2):
        for checks in range(2, 400, 2):
            half = log2_binomial((k + checks) // 2, errors // 2)
            found = 2 * half - checks
            elimination = math.log2(n - k - checks) + math.log2(n) - math.log2(math.log2(n - k - checks))
            work = log2_sum(elimination, 1 + half, 1 + found) + math.log2(n)
            chance = log2_binomial(n - k - checks, t - errors) - log2_binomial(n, t) + checks + found
            if chance < 0:
                best = min(best, work - chance)
    return best


def statistical_decoding(k, n, t):
    return math.log2(k + 1) + 2 * t * math.log2((n - t + 1) / (n - k - t))


def algebraic(k, n, t):
    """At the degree where the Hilbert series (1 + (leaves - 1 - guessed) z)^t / (1 + z)^(n - k) ends."""
    leaves, best = n // t, math.inf

    def coefficient(degree, guessed):
        return sum((-1) ** (degree - i) * math.comb(t, i) * (leaves - 1 - guessed) ** i
                   * math.comb(n - k + degree - i - 1, degree - i) for i in range(degree + 1))

    for degree in range(2, 9):
        guessed = next((g for g in range(leaves - 1) if coefficient(degree, g) <= 0), None)
        free = 0 if guessed is None else k - t - t * guessed
        if free > degree:
            best = min(best, 2 * log2_binomial(free, degree) - t * math.log2(1 - guessed / leaves))
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, default=1 << 13)
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--own", action="store_true", help="not the published sets")
    options = parser.parse_args()
    own = own_sets()
    print(f"{'set':14} {'k':>8} {'n':>9} {'t':>5} | {'core':>5} {'least':>5} {'errors':>6} |"
          f" {'guess':>5} {'least g.':>8} {'Stern':>5} {'floor':>5} |"
          f" {'Gauss':>5} {'ISD':>5} {'SD':>5} {'algebra':>7}")
    weak = []
    for name, k, n, t in own + ([] if options.own else list(PUBLISHED)):
        core, least = core_share(n / k, options.columns), least_share(n / k)
        solved = round(core * k)
        by_guess = guess(solved, n, t)
        by_stern = stern(solved, n, t, lambda checks: math.log2(2 * WEIGHT * checks) + 2 * math.log2(solved))
        floor = stern(solved, n, t, lambda _: 2 * math.log2(solved))
        regular = (k - t, n - t, t)
        print(f"{name:14} {k:8} {n:9} {t:5} | {core:5.3f} {least:5.3f} {solved * t / n:6.1f} |"
              f" {by_guess:5.1f} {guess(round(least * k), n, t):8.1f} {by_stern:5.1f} {floor:5.1f} |"
              f" {gauss(*regular):5.1f} {information_set_decoding(*regular):5.1f}"
              f" {statistical_decoding(*regular):5.1f} {algebraic(k, n, t):7.1f}")
        if (name, k, n, t) in own and (by_guess < options.least or (options.least and floor < 128)):
            weak.append(name)
    if weak:
        sys.exit(f"below {options.least:g} bits: {', '.join(weak)}")


if __name__ == "__main__":
    main()
