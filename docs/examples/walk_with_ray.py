"""Walk the shards of a plan as tasks of Ray, wherever it puts them, and print what they came to together.

Ray finds the cluster by itself (`RAY_ADDRESS`), and uses this machine where there is none.
"""

from __future__ import annotations

import argparse
import sys

import ray

from kiloclaw_adapters.explorer.shard_files import walked_of, walked_text
from kiloclaw_adapters.explorer.shards import Plan, Shard, merged, unsearched, walked


@ray.remote
def walk_a_shard(plan: Plan, number: int, of: int) -> str:
    """One shard, as the text that `kiloclaw walk --json` prints of it."""
    return walked_text(walked(plan, Shard(number, of)))


def main() -> None:
    """Walk, merge and print; it ends with 1 when a claim is broken."""
    parser = argparse.ArgumentParser(description="Walk the shards of a plan with Ray.")
    parser.add_argument("configurations", nargs="*", help="without any, all that CI does not search whole")
    parser.add_argument("--walks", type=int, default=1_000)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=8)
    asked = parser.parse_args()
    plan = Plan(tuple(asked.configurations or unsearched()), asked.walks, asked.length, asked.seed)
    ray.init(log_to_driver=False)
    texts = ray.get([walk_a_shard.remote(plan, number, asked.shards) for number in range(1, asked.shards + 1)])
    together = merged([walked_of(text) for text in texts])
    sys.stdout.write(walked_text(together) + "\n")
    sys.exit(together.failed)


if __name__ == "__main__":
    main()
