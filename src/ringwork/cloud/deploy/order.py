"""Stacks in the order of their needs, as many at once as is polite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from ringwork.cloud.errors import OperationError
from ringwork.estate.stack import Stack

S = TypeVar("S")
T = TypeVar("T")
AT_ONCE = 4
"""Threads: CloudFormation and the APIs behind it throttle per account and Region."""


def check(stacks: Sequence[Stack]) -> None:
    """Raise OperationError for two stacks of one id, and for stacks that need each other."""
    ids = [stack.id for stack in stacks]
    twice = sorted({i for i in ids if ids.count(i) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        raise OperationError(f"stack `{twice[0]}` is there twice", help="give each stack a name of its own")
    left = {stack.id: stack.needs & set(ids) for stack in stacks}
    while left:
        free = [i for i, needs in left.items() if not needs & left.keys()]
        if not free:
            raise OperationError(
                f"stacks need each other in a circle: {', '.join(f'`{i}`' for i in sorted(left))}",
                help="move what they share into a stack of its own",
            )
        for i in free:
            del left[i]


def in_order(
    needs: Mapping[str, Collection[str]],
    work: Callable[[str], T],
    *,
    go_on: Callable[[T], bool],
    abort: Callable[[], None],
) -> dict[str, T]:
    """Call `work(id)` for each id once all that it needs succeeded (`go_on` of its result).

    Independent ids run concurrently; what needs a failed one is left out of the answer. Needs that are
    no key of `needs` are taken as met. When `work` raises or the user interrupts, `abort` tells running
    work to end, and the error is raised.
    """
    results: dict[str, T] = {}
    waiting = {i: {n for n in wanted if n in needs} for i, wanted in needs.items()}
    running: dict[Future[T], str] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="ringwork-deploy") as pool:
        try:
            while True:
                good = {i for i, result in results.items() if go_on(result)}
                for i in [i for i, wanted in waiting.items() if wanted <= good]:
                    del waiting[i]
                    running[pool.submit(work, i)] = i
                if not running:
                    return results
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    results[running.pop(future)] = future.result()
        except BaseException:
            abort()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def at_once(work: Callable[[S], T], items: Iterable[S]) -> list[T]:
    """`work` of each item, concurrently; results in the order of `items`. The first error is raised."""
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="ringwork-deploy") as pool:
        return list(pool.map(work, items))
