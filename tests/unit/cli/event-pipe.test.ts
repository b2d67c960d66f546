import { existsSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { EventPipe } from "../../../cli/stacks/event-pipe.ts";
import { run } from "../../../lib/run.ts";

test("of what is written only the wanted lines are kept, and no file is left", async () => {
  const pipe = await EventPipe.open((line) => line.startsWith("wanted"));
  expect(statSync(pipe.path).isFIFO()).toBe(true);
  expect(statSync(pipe.path).mode & 0o777).toBe(0o600);
  // More than a pipe holds at once, and a last line without an end.
  const script = `for i in $(seq 1 3000); do echo "something else that is long enough to fill the pipe"; echo "wanted $i"; done; printf "wanted last"`;
  await run("sh", ["-c", `(${script}) > "$1"`, "sh", pipe.path]);
  const lines = await pipe.close();
  expect(lines).toHaveLength(3001);
  expect(lines.at(-1)).toBe("wanted last");
  expect(existsSync(pipe.path)).toBe(false);
});

test("a writer that never came is not waited for", async () => {
  const pipe = await EventPipe.open(() => true);
  expect(await pipe.close()).toEqual([]);
});
