import parseXo from "@xen-orchestra/cron/parse.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromXoCron, toXoCron } from "../../../providers/xenops/backup-cron.ts";

describe("an ordinary cron pattern", () => {
  it.each([
    ["30 22 * * *", "30 22 * * *"],
    ["0 3 1 1 *", "0 3 1 0 *"],
    ["0 3 1 jan-mar,12 *", "0 3 1 0,1,2,11 *"],
    ["0 3 * * wed", "0 3 * * 3"],
    ["0 3 * * fri-7", "0 3 * * 0,5,6"],
    ["0 3 * * mon-sun", "0 3 * * 0,1,2,3,4,5,6"],
    ["*/20 3 * */4 sun", "0,20,40 3 * 0,4,8 0"],
    ["5-15/5  3 * * 1-5", "5,10,15 3 * * 1,2,3,4,5"],
    ["0 3 * * */2", "0 3 * * 0,2,4,6"],
  ])("%s is %s to XO", (ordinary, xo) => {
    expect(toXoCron(ordinary)).toBe(xo);
    expect(() => parseXo(xo)).not.toThrow();
  });

  it.each(["", "* * * *", "* * * * * *", "60 * * * *", "* * 0 * *", "* * * 0 *", "* * * 13 *", "* * * * 8"])(
    "is not %j",
    (text) => {
      expect(() => toXoCron(text)).toThrow();
    },
  );

  it.each(["@daily", "* * * * wen", "5/10 * * * *", "9-5 * * * *", "*/0 * * * *", "a * * * *"])(
    "is not %s",
    (text) => {
      expect(() => toXoCron(text)).toThrow();
    },
  );

  it("means the same months and days to XO's own reader, whatever it is", () => {
    const list = (min: number, max: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((all) => all.join()),
      );
    fc.assert(
      fc.property(list(0, 59), list(0, 23), list(1, 31), list(1, 12), list(0, 7), (...fields) => {
        const read = parseXo(toXoCron(fields.join(" ")));
        const numbers = (text: string): number[] | undefined =>
          text === "*"
            ? undefined
            : text
                .split(",")
                .map(Number)
                .sort((a, b) => a - b);
        expect(read.minute).toEqual(numbers(fields[0]));
        expect(read.month).toEqual(numbers(fields[3])?.map((month) => month - 1));
        const days = numbers(fields[4])?.map((day) => day % 7);
        expect(read.dayOfWeek).toEqual(days && [...new Set(days)].sort((a, b) => a - b));
        expect(toXoCron(fromXoCron(toXoCron(fields.join(" "))))).toBe(toXoCron(fields.join(" ")));
      }),
      { seed: 20261126, numRuns: 300 },
    );
  });

  it("is found again in what XO's own page writes", () => {
    expect(fromXoCron("0 3 1 jan *")).toBe("0 3 1 1 *");
    expect(fromXoCron("0 3 * * wen")).toBe("0 3 * * 3");
    expect(fromXoCron("@yearly")).toBe("0 0 1 1 *");
    expect(fromXoCron("nonsense")).toBe("nonsense");
  });
});
