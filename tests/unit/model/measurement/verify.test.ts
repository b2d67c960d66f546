import fc from "fast-check";
import { expect, test } from "vitest";
import { ChainReader, sealOf } from "../../../../model/measurement/chain.ts";
import { isSound, verifyLogs } from "../../../../model/measurement/verify.ts";
import { type Entry, sealLog } from "../../../support/prober-log.ts";

const start = Date.parse("2026-11-26T10:00:00.000Z");
const at = (minute: number): string => new Date(start + minute * 60_000).toISOString();

const targets = [{ tenant: "hohenbrueck", target: "citizens", decides: true } as const];
const probe = (minute: number, ok: boolean, run: number): Entry => ({
  at: at(minute),
  kind: "probe",
  tenant: "hohenbrueck",
  target: "citizens",
  ok,
  run,
});
const alive = (minute: number): Entry => ({
  at: at(minute),
  kind: "alive",
  rounds: 4,
  monotonicMs: minute * 60_000,
});

/** An outage of four minutes: what somebody might like to have otherwise. */
const story: readonly Entry[] = [
  { at: at(0), kind: "start", intervalSec: 15, targets },
  probe(0.1, true, 1),
  alive(1),
  probe(1.1, false, 1),
  probe(1.35, false, 2),
  alive(2),
  alive(3),
  alive(4),
  probe(5.1, true, 1),
  alive(6),
];
const log = sealLog("rand-1", story);

/** The other prober, which saw the first one's line of this number. */
function other(seen: number, from: readonly string[] = log): readonly string[] {
  const hash = sealOf(from[seen] ?? "")?.carried ?? "";
  const witness: Entry = { at: at(6.5), kind: "witness", of: "rand-1", seenSeq: seen, seenHash: hash };
  return sealLog("rand-2", [...story.slice(0, 3), witness]);
}

function verify(first: readonly string[], second: readonly string[] = other(9), until?: number) {
  return verifyLogs(
    new Map([
      ["rand-1", { lines: () => first, ...(until !== undefined && { until }) }],
      ["rand-2", { lines: () => second }],
    ]),
  );
}

function kindOf(lines: readonly string[]): string | undefined {
  const fault = verify(lines).logs[0]?.fault;
  return fault && `${fault.kind} in line ${fault.line}`;
}

test("a log is whole when each line follows the one before and the other prober saw the same", () => {
  const found = verify(log);
  expect(isSound(found)).toBe(true);
  expect(found).toMatchObject({
    logs: [
      { prober: "rand-1", lines: 10, from: at(0), to: at(6), head: { seq: 9 } },
      { prober: "rand-2", lines: 4 },
    ],
    witnesses: [],
    confirmed: 1,
  });
});

test("each kind of edit shows, with the line where it was made", () => {
  const failure = log[4] ?? "";
  const edits: Readonly<Record<string, readonly string[]>> = {
    "changed in line 5": log.with(4, failure.replace('"ok":false', '"ok":true')),
    "missing in line 5": log.toSpliced(4, 1),
    "missing in line 4": log.toSpliced(3, 6),
    "order in line 6": log.toSpliced(4, 0, failure),
    "missing in line 6": log.toSpliced(5, 2, log[6] ?? "", log[5] ?? ""),
    "torn in line 8": log.with(7, (log[7] ?? "").slice(0, -9)),
    "missing in line 1": log.slice(1),
    "stranger in line 3": log.with(2, other(9)[2] ?? ""),
  };
  expect(Object.values(edits).map(kindOf)).toEqual(Object.keys(edits));
});

test("an inserted line that is sealed itself shows at the line that followed", () => {
  const [head] = [log[2] ?? ""].map(sealOf);
  const fair = sealLog("rand-1", [probe(1.05, true, 2)], { seq: 2, hash: head?.carried ?? "" });
  expect(kindOf([...log.slice(0, 3), ...fair, ...log.slice(3)])).toBe("order in line 5");
  // Numbered anew as well, the first old line follows another one than it says.
  const numbered = log
    .slice(3)
    .map((text) => text.replace(/^\{"seq":(\d+)/, (_, n) => `{"seq":${Number(n) + 1}`));
  expect(kindOf([...log.slice(0, 3), ...fair, ...numbered])).toBe("changed in line 5");
});

test("a log that was sealed anew from some line on is whole in itself, and not what the other prober saw", () => {
  const cleaned = sealLog("rand-1", story.toSpliced(3, 2));
  const found = verify(cleaned, other(7));
  expect(found.logs.map(({ fault }) => fault)).toEqual([undefined, undefined]);
  expect(found.witnesses).toEqual([{ by: "rand-2", of: "rand-1", seq: 7, at: at(6.5), kind: "differs" }]);
  expect(isSound(found)).toBe(false);
});

test("a log whose end was cut off ends before what the other prober saw", () => {
  expect(isSound(verify(log.slice(0, 3), other(2)))).toBe(true);
  const found = verify(log.slice(0, 3));
  expect(found.logs.map(({ fault }) => fault)).toEqual([undefined, undefined]);
  expect(found.witnesses).toMatchObject([{ of: "rand-1", seq: 9, kind: "cut" }]);
});

test("a log that is gone as a whole is cut off as well", () => {
  const found = verifyLogs(new Map([["rand-2", { lines: () => other(9) }]]));
  expect(found.witnesses).toEqual([{ by: "rand-2", of: "rand-1", seq: 9, at: at(6.5), kind: "cut" }]);
  expect(isSound(found)).toBe(false);
});

test("a line with a separator of lines in its text is one line", () => {
  const reason = "leads to x\u2028y";
  const failed: Entry = {
    ...{ at: at(1.1), kind: "probe", tenant: "hohenbrueck", target: "citizens" },
    ...{ ok: false, run: 1, reason },
  };
  const odd = sealLog("rand-1", [...story.slice(0, 3), failed]);
  expect(odd.at(-1)).toContain("\u2028");
  expect(kindOf(odd)).toBeUndefined();
});

test("what the other prober saw after a log was fetched is not missing", () => {
  const fetched = Date.parse(at(2));
  expect(isSound(verify(log.slice(0, 6), other(9), fetched))).toBe(true);
  expect(isSound(verify(log.slice(0, 6), other(9), Date.parse(at(9))))).toBe(false);
});

test("after the first fault no line is taken", () => {
  const reader = new ChainReader("rand-1");
  const taken = log.toSpliced(4, 1).map((text) => reader.read(text)?.seq);
  expect(taken).toEqual([0, 1, 2, 3, undefined, undefined, undefined, undefined, undefined]);
  expect(reader.head?.seq).toBe(3);
});

test("a reader goes on from a head that is known", () => {
  const first = new ChainReader("rand-1");
  for (const text of log.slice(0, 6)) first.read(text);
  const second = new ChainReader("rand-1", first.head);
  expect(log.slice(6).map((text) => second.read(text)?.seq)).toEqual([6, 7, 8, 9]);
  expect(new ChainReader("rand-1", first.head).read(log[7] ?? "")).toBeUndefined();
});

test("no edit of any characters goes unseen", () => {
  fc.assert(
    fc.property(fc.nat(9), fc.nat(200), fc.string({ minLength: 1, maxLength: 3 }), (line, place, text) => {
      const old = log[line] ?? "";
      const at = place % old.length;
      const edited = `${old.slice(0, at)}${text}${old.slice(at + text.length)}`;
      fc.pre(edited !== old);
      expect(isSound(verify(log.with(line, edited)))).toBe(false);
    }),
    { numRuns: 500, seed: 20_261_126 },
  );
});
