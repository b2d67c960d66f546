import { z } from "zod";
import { text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";

/** Broken backup repositories and the clock that schedules go by; not in XO. Administrators only. */
export const labBackupMethods: Readonly<Record<string, Method>> = {
  "lab.failRemote": method(
    z.strictObject({ id: text, as: z.enum(["full", "read-only", "gone"]) }),
    ({ xo }, { id, as }) => xo.backups.remotes.fail(id, as),
    "admin",
  ),

  "lab.healRemote": method(
    z.strictObject({ id: text }),
    ({ xo }, { id }) => xo.backups.remotes.fail(id, undefined),
    "admin",
  ),

  "lab.setClock": method(
    z.strictObject({ now: z.union([z.number(), text]).optional() }),
    ({ xo }, { now }) => xo.backups.schedules.setClock(now === undefined ? undefined : instant(now)),
    "admin",
  ),

  "lab.advanceClock": method(
    z.strictObject({ seconds: z.number().positive() }),
    ({ xo }, { seconds }) => xo.backups.schedules.advance(seconds),
    "admin",
  ),

  "lab.getClock": method(z.strictObject({}), ({ xo }) => xo.clock.now(), "admin"),
};

function instant(now: number | string): number {
  const value = typeof now === "number" ? now : Date.parse(now);
  if (Number.isNaN(value)) throw new RangeError(`"${now}" is no instant: give milliseconds or RFC 3339`);
  return value;
}
