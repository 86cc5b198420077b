"""Times `otd transport` and POT (Python Optimal Transport) on the same files and prints the ratios.

Solving alone is timed on both sides: `seconds` of the tool's JSON, and a clock around the call for POT. Each is
the best of several runs. Run it through compare-with-pot.sh, which builds the tool.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import ot

warnings.filterwarnings("ignore")


def save(folder, n, k, seed=0):
    random = np.random.default_rng(seed)
    losses = random.random((n, k), dtype=np.float32)
    prior = random.dirichlet(np.ones(k))
    paths = os.path.join(folder, f"L{n}.npy"), os.path.join(folder, f"b{n}.npy")
    np.save(paths[0], losses)
    np.save(paths[1], prior)
    return losses, prior, paths


def otd(tool, paths, *options, runs=9):
    best = None
    for _ in range(runs):
        out = subprocess.run(
            ["dotnet", tool, "transport", "--loss", paths[0], "--route-prior", paths[1], "--json", *options],
            check=True, capture_output=True, text=True).stdout
        result = json.loads(out)
        assert result["converged"], result
        best = result if best is None or result["seconds"] < best["seconds"] else best
    return best


def timed(function, runs):
    best, value = float("inf"), None
    for _ in range(runs):
        start = time.perf_counter()
        value = function()
        best = min(best, time.perf_counter() - start)
    return best, value


def sinkhorn(losses, prior, epsilon, error):
    """ot.sinkhorn with the stop threshold that just reaches the given L1 marginal error."""
    n = len(losses)
    a, cost = np.full(n, 1 / n), losses.astype(np.float64)
    for threshold in 10.0 ** -np.arange(4, 13):
        seconds, plan = timed(lambda: ot.sinkhorn(a, prior, cost, epsilon, numItermax=1_000_000, stopThr=threshold), 1)
        found = np.abs(plan.sum(0) - prior).sum() + np.abs(plan.sum(1) - a).sum()
        if found <= error:
            break
    seconds, plan = timed(lambda: ot.sinkhorn(a, prior, cost, epsilon, numItermax=1_000_000, stopThr=threshold), 3)
    return seconds, float((plan * cost).sum()), found


def main(tool):
    print(f"POT {ot.__version__}, NumPy {np.__version__}, {os.cpu_count()} processors; best of several runs, solving alone")
    with tempfile.TemporaryDirectory() as folder:
        losses, prior, paths = save(folder, 100_000, 8)
        for epsilon in (0.05, 0.005):
            ours = otd(tool, paths, "--epsilon", str(epsilon))
            seconds, value, error = sinkhorn(losses, prior, epsilon, 1e-9)
            assert abs(value - ours["value"]) < 1e-7, (value, ours["value"])
            print(f"entropic 100000 x 8, epsilon {epsilon}: otd {ours['seconds']:.4f} s (error {ours['marginalError']:.1e}), "
                  f"ot.sinkhorn {seconds:.4f} s (error {error:.1e}), ratio {seconds / ours['seconds']:.1f}")
        for n in (1_000, 10_000, 30_000):
            losses, prior, paths = save(folder, n, 8)
            ours = otd(tool, paths, "--solver", "exact")
            a, cost = np.full(n, 1 / n), losses.astype(np.float64)
            seconds, plan = timed(lambda: ot.emd(a, prior, cost, numItermax=100_000_000), 3)
            value = float((plan * cost).sum())
            assert abs(value - ours["value"]) < 1e-9, (value, ours["value"])
            print(f"exact {n} x 8: otd {ours['seconds']:.4f} s, ot.emd {seconds:.4f} s, ratio {seconds / ours['seconds']:.1f}")
        losses, prior, paths = save(folder, 1_000_000, 8)
        for options in (["--epsilon", "0.05"], ["--epsilon", "0.005"], ["--epsilon", "0.0005"], ["--solver", "exact"]):
            ours = otd(tool, paths, *options)
            print(f"1000000 x 8 {' '.join(options)}: otd {ours['seconds']:.4f} s, {ours['iterations']} iterations, error {ours['marginalError']:.1e}")


if __name__ == "__main__":
    main(sys.argv[1])
