"""Several pieces of work at once; when one fails, none of the others goes on behind its back."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def together(*work: Coroutine[Any, Any, Answer]) -> list[Answer]:
    """Await all, and return their answers in order.

    Raises:
        BaseException: what the first to fail raised, after the others were cancelled and ended.
    """
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
