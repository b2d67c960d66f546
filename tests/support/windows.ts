import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WindowInput } from "../../model/window-input.ts";
import { project } from "./project.ts";

/** Milliseconds of an hour. */
const hour = 3_600_000;

/** An instant as files write it, hours from now; whole seconds. */
export function hoursFromNow(hours: number): string {
  return `${new Date(Date.now() + hours * hour).toISOString().slice(0, 19)}Z`;
}

/**
 * Announces maintenance in the tests' project, by default one that began an hour ago, lasts for two hours more and
 * was announced in time.
 * @param differs what is different; a field that is undefined is left out
 */
export function writeWindow(
  id: string,
  differs: { readonly [K in keyof WindowInput]?: WindowInput[K] | undefined } = {},
): void {
  const window = {
    id,
    kind: "technical-change",
    start: hoursFromNow(-1),
    end: hoursFromNow(2),
    administrations: "all",
    reason: "ALLRIS net 4.1.8",
    // Nine days: whatever the clocks do meanwhile, it is more than a week.
    notice: { sentAt: hoursFromNow(-9 * 24), evidence: "mail to all recipients, ticket 4711" },
    expectedMinutes: 30,
    ...differs,
  };
  const text = JSON.stringify(window, null, 2);
  writeFileSync(
    fileOf(id),
    `import { defineWindow } from "../model/window.ts";\n\nexport const window = defineWindow(${text});\n`,
  );
}

/** Takes a window of `writeWindow` away again. */
export function removeWindow(id: string): void {
  rmSync(fileOf(id), { force: true });
}

function fileOf(id: string): string {
  return join(project, "maintenance", `${id}.ts`);
}
