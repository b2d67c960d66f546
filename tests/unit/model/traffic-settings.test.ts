import { expect, test } from "vitest";
import { readFields } from "../../../model/fields.ts";
import type { Plain } from "../../../model/plain.ts";
import { settingsShape } from "../../../model/settings-schema.ts";
import { includedBytes } from "../../../model/traffic.ts";

const { traffic: field } = settingsShape;
const read = (traffic?: Plain) => readFields({ traffic: field }, traffic === undefined ? {} : { traffic });

test("traffic is counted as the service description says unless the settings say otherwise", () => {
  expect(read().fields.traffic).toEqual({ unit: "GB", direction: "out" });
  expect(read({ unit: "GiB" }).fields.traffic).toEqual({ unit: "GiB", direction: "out" });
  const own = { unit: "GB", direction: "both", included: 5_000_000_000 };
  expect(read(own).fields.traffic).toEqual(own);
});

test("ten of the unit are included, or the bytes that are written", () => {
  expect(includedBytes({ unit: "GB", direction: "out" })).toBe(10_000_000_000);
  expect(includedBytes({ unit: "GiB", direction: "out" })).toBe(10_737_418_240);
  expect(includedBytes({ unit: "GiB", direction: "out", included: 1 })).toBe(1);
});

test.each([
  [{ unit: "TB" }, "traffic.unit"],
  [{ direction: "in" }, "traffic.direction"],
  [{ included: 0 }, "traffic.included"],
  [{ included: 1.5 }, "traffic.included"],
  [{ price: 3 }, "traffic.price"],
])("%j is refused", (traffic, path) => {
  expect(read(traffic).problems.map((problem) => problem.path.join("."))).toEqual([path]);
});
