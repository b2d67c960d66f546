import { describe, expect, test } from "vitest";
import type { Month } from "../../../model/berlin-time.ts";
import {
  germanAvailability,
  germanBytes,
  germanCount,
  germanDay,
  germanDuration,
  germanInstant,
  germanMonth,
  germanNumber,
  germanPart,
} from "../../../model/german.ts";

/** With ordinary spaces, so that they can be read here. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("numbers have a comma, and points between thousands", () => {
  expect(germanNumber(1_234_567.5, 2)).toBe("1.234.567,50");
  expect(plain(germanBytes(3_214_000_000, "GB", 1e9))).toBe("3,21 GB");
  expect(germanCount(1, "Tag", "Tage")).toBe("1 Tag");
  expect(germanCount(1200, "Tag", "Tage")).toBe("1.200 Tage");
});

describe("availability", () => {
  test.each([
    [0.979949, "97,9949 %"],
    [0.98, "98,0000 %"],
    [0.999987, "99,9987 %"],
    [1, "100,0000 %"],
    [null, "–"],
  ])("%s is %s", (availability, text) => {
    expect(plain(germanAvailability(availability))).toBe(text);
  });

  test("a millionth is shown as it is", () => {
    for (let millionths = 0; millionths <= 1_000_000; millionths += 7) {
      const shown = plain(germanAvailability(millionths / 1_000_000))
        .replace(",", "")
        .replace(" %", "");
      expect(Number(shown)).toBe(millionths);
    }
  });
});

test("a part that was used is rounded up, but not by what binary fractions leave over", () => {
  expect(plain(germanPart(0.07))).toBe("7,0 %");
  expect(plain(germanPart(0.9991))).toBe("100,0 %");
  expect(plain(germanPart(1))).toBe("100,0 %");
  expect(plain(germanPart(1.0001))).toBe("100,1 %");
});

test.each([
  [0, "0 min 00 s"],
  [299, "4 min 59 s"],
  [299.999, "4 min 59,999 s"],
  [140_400, "2.340 min 00 s"],
  [59.9996, "1 min 00 s"],
])("%s seconds are %s", (seconds, text) => {
  expect(plain(germanDuration(seconds))).toBe(text);
});

describe("days and instants", () => {
  test("stand in the order of German", () => {
    expect(germanDay("2026-10-04")).toBe("04.10.2026");
    expect(germanMonth("2026-03" as Month)).toBe("März 2026");
    expect(germanInstant(Date.parse("2026-07-15T09:05:03+02:00"))).toBe("15.07.2026, 09:05:03 Uhr");
  });

  test("say which hour of two it is, and only there", () => {
    const at = (text: string): string => germanInstant(Date.parse(text));
    expect(at("2026-10-25T01:59:59.500+02:00")).toBe("25.10.2026, 01:59:59 Uhr");
    expect(at("2026-10-25T02:30:00+02:00")).toBe("25.10.2026, 02:30:00 Uhr (MESZ)");
    expect(at("2026-10-25T02:30:00.250+01:00")).toBe("25.10.2026, 02:30:00 Uhr (MEZ)");
    expect(at("2026-10-25T03:00:00+01:00")).toBe("25.10.2026, 03:00:00 Uhr");
    expect(at("2026-03-29T03:00:00+02:00")).toBe("29.03.2026, 03:00:00 Uhr");
  });
});
