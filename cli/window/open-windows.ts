import { dirname, join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { didYouMean } from "../../model/suggest.ts";
import type { MaintenanceWindow } from "../../model/window.ts";
import type { Output } from "../output.ts";
import { routeTo } from "../site-route.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import type { Route } from "../visit.ts";
import { NoticeBook } from "./notice-book.ts";

/** What the commands about windows work with. */
export interface WindowContext {
  readonly open: OpenFarm;
  /** The way to the sites, for their calendars. */
  readonly route: () => Route;
  readonly output: Output;
}

/**
 * The windows of a stack.
 * @throws FarmError when the stack has no settings, or is the lab's and there is no lab
 */
export async function openWindows(stack: string, output: Output): Promise<WindowContext> {
  const open = await openFarm(stack, join(checkout, "tenants"), output);
  return { open, route: () => routeTo(stack), output };
}

/** What is written down of the letters about a window. */
export function bookOf({ folder }: Pick<OpenFarm, "folder">, id: string): NoticeBook {
  return new NoticeBook(join(dirname(folder), "maintenance"), id);
}

/** The window of an id. @throws FarmError that names the nearest one */
export function findWindow(windows: readonly MaintenanceWindow[], id: string): MaintenanceWindow {
  const window = windows.find((each) => each.id === id);
  if (window !== undefined) return window;
  const ids = windows.map((each) => each.id);
  throw new FarmError({
    what: `There is no window "${id}"`,
    where: "maintenance/",
    next: didYouMean(id, ids) ?? `write maintenance/${id}.ts: docs/reference/window-file.md`,
  });
}
