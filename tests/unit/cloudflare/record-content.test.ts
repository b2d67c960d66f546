import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../../lab/cloudflare/api.ts";
import { normaliseRecord } from "../../../lab/cloudflare/record-content.ts";
import { presentRecord } from "../../../lab/cloudflare/records.ts";
import { tryParseTxt } from "../../../lab/cloudflare/txt.ts";
import { printable, record, zone } from "../../support/dns-records.ts";

function tryNormalise(body: unknown) {
  try {
    return normaliseRecord(body, zone);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

test("what the API returned, sent again, is the same record", () => {
  let accepted = 0;
  fc.assert(
    fc.property(record, (sent) => {
      const once = tryNormalise(sent);
      if (once instanceof ApiError) return;
      accepted++;
      const row = { ...once, id: "0".repeat(32), zone_id: "0".repeat(32), created_on: "", modified_on: "" };
      expect(normaliseRecord(once, zone)).toEqual(once);
      expect(normaliseRecord(presentRecord(row), zone)).toEqual(once);
      expect(once.name === zone || once.name.endsWith(`.${zone}`)).toBe(true);
      expect(once.name).toBe(once.name.toLowerCase());
    }),
    { numRuns: 1000 },
  );
  // A property that nearly always says no would prove nothing.
  expect(accepted).toBeGreaterThan(600);
});

test("whatever is sent, the answer is a record or an error of the API", () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record(
      {
        type: fc.constantFrom("A", "CAA", "MX", "TXT", 7),
        name: fc.anything(),
        content: fc.anything(),
        data: fc.anything(),
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(anything, (sent) => void tryNormalise(sent)),
    { numRuns: 1000 },
  );
});

test("texts come out of the wire's strings as they went in", () => {
  fc.assert(
    fc.property(printable, (plain) => {
      const quoted = `"${plain.replaceAll(/(["\\])/g, "\\$1")}"`;
      expect(Buffer.concat(tryParseTxt(quoted) ?? []).toString()).toBe(plain);
      for (const part of tryParseTxt(plain.repeat(3)) ?? []) expect(part.length).toBeLessThanOrEqual(255);
    }),
  );
  expect(tryParseTxt('"a" "b\\"c"')?.map(String)).toEqual(["a", 'b"c']);
  expect(tryParseTxt('"a" b')).toBeUndefined();
});
