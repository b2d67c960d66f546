import { z } from "zod";
import { ensureSecondPool } from "../fixture/fixture.ts";
import { integer, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";

/** Faults of XO itself on demand, and a second pool; not in XO. Administrators only. */
export const labMethods: Readonly<Record<string, Method>> = {
  "lab.failNext": method(
    z.strictObject({
      method: text,
      code: integer.default(-32000),
      message: text.default("a fault that was asked for"),
      when: z.enum(["before", "after"]).default("before"),
      times: integer.positive().default(1),
    }),
    ({ xo }, failure) => {
      xo.faults.failNext(failure);
      return true;
    },
    "admin",
  ),

  "lab.delay": method(
    z.strictObject({
      method: text,
      milliseconds: integer.nonnegative(),
      times: integer.positive().default(1),
    }),
    ({ xo }, delay) => xo.faults.delay(delay),
    "admin",
  ),

  "lab.heldCalls": method(
    z.strictObject({ method: text }),
    ({ xo }, { method: name }) => xo.faults.heldCalls(name),
    "admin",
  ),

  "lab.dropConnections": method(
    z.strictObject({}),
    ({ xo }) => {
      xo.faults.dropConnections();
    },
    "admin",
  ),

  "lab.addPool": method(
    z.strictObject({}),
    async ({ xo, relations }) => {
      const memory = relations.all("host")[0]?.memory ?? 0;
      const pool = await ensureSecondPool(xo.store, memory / 1024 ** 3);
      await xo.watch.extend(pool);
      return pool;
    },
    "admin",
  ),

  "lab.clear": method(z.strictObject({}), ({ xo }) => xo.faults.clear(), "admin"),
};
