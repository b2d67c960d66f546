import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { inParallel } from "../../../cli/stacks/parallel.ts";

test("so many at a time, never more, and the results in the order of the items", async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (item) => {
    most = Math.max(most, ++running);
    await sleep(item * 3);
    running--;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
  expect(await inParallel([], 4, async (item) => item)).toEqual([]);
});

test("one that fails stops no other; the first of them is thrown once nothing runs any more", async () => {
  const done: number[] = [];
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    await sleep(item);
    if (item % 2 === 1) throw new Error(`item ${item}`);
    done.push(item);
  });
  await expect(work).rejects.toThrow("item 1");
  expect(done).toEqual([2, 4]);
});
