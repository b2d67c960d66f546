import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { decodeRecords, encodeRecord, type Image, Journal } from "../../../lab/journal.ts";
import { history, replay } from "../../support/histories.ts";
import { temporaryFolder } from "./support/start.ts";

const folders: string[] = [];
function folder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

describe("records", () => {
  it("are read up to the last complete one, wherever the file ends", () => {
    fc.assert(
      fc.property(history, fc.nat(), (records, cut) => {
        const lines = records.map((record, number) => Buffer.from(encodeRecord(number, record)));
        const bytes = Buffer.concat(lines);
        const end = cut % (bytes.length + 1);
        const decoded = decodeRecords(bytes.subarray(0, end));
        let complete = 0;
        for (let at = 0; complete < lines.length; complete++) {
          at += lines[complete]?.length ?? 0;
          if (at > end) break;
        }
        expect(decoded.records).toEqual(records.slice(0, complete));
      }),
      { numRuns: 300, seed: 20261 },
    );
  });

  it("are never made up from a changed byte", () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, at, flip) => {
        const bytes = Buffer.from(records.map((record, number) => encodeRecord(number, record)).join(""));
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ flip;
        const decoded = decodeRecords(bytes).records;
        expect(decoded.length).toBeLessThan(records.length);
        expect(decoded).toEqual(records.slice(0, decoded.length));
      }),
      { numRuns: 300, seed: 20262 },
    );
  });
});

describe("Journal", () => {
  const nothing = (): Image => ({});

  it("loads a prefix of what was written when the file is cut off at any byte, and goes on from there", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (records, cut) => {
        const state = folder();
        const journal = new Journal(state, nothing);
        await Promise.all(records.map((record) => journal.append(record)));
        await journal.close();
        const path = join(state, "journal-0.jsonl");
        truncateSync(path, cut % (statSync(path).size + 1));

        const again = new Journal(state, nothing);
        const kept = again.loaded.records;
        expect(again.loaded.image).toEqual(replay(records.slice(0, kept)));
        await again.append([["objects", "after", { text: "the crash" }]]);
        await again.close();

        const last = new Journal(state, nothing);
        expect(last.loaded.tornBytes).toBe(0);
        expect(last.loaded.records).toBe(kept + 1);
        expect(last.loaded.image.objects?.after).toEqual({ text: "the crash" });
        await last.close();
      }),
      { numRuns: 40, seed: 20263 },
    );
  });

  it("folds into a snapshot and loses nothing by it", async () => {
    const state = folder();
    const all: Record<string, Record<string, number>> = { objects: {} };
    const journal = new Journal(state, () => structuredClone(all), 10);
    for (let number = 0; number < 57; number++) {
      Object.assign(all.objects ?? {}, { [`key ${number}`]: number });
      await journal.append([["objects", `key ${number}`, number]]);
    }
    await journal.close();
    const journals = readdirSync(state).filter((name) => name.startsWith("journal-"));
    expect(journals).toHaveLength(1);
    expect(journals[0]).not.toBe("journal-0.jsonl");
    const again = new Journal(state, nothing);
    expect(again.loaded.image).toEqual(all);
    await again.close();
  });

  it("ignores the journal that a snapshot has replaced, whenever the crash came", async () => {
    const state = folder();
    const journal = new Journal(state, nothing);
    await journal.append([["objects", "gone", 1]]);
    await journal.close();
    // As after a crash between the new snapshot and the removal of the old journal.
    writeFileSync(
      join(state, "snapshot.json"),
      JSON.stringify({ generation: 1, image: { objects: { kept: 2 } } }),
    );
    const again = new Journal(state, nothing);
    expect(again.loaded.image).toEqual({ objects: { kept: 2 } });
    await again.close();
    expect(readdirSync(state).sort()).toEqual(["journal-1.jsonl", "snapshot.json"]);
  });

  it("cuts off what a crash left half written, and is readable by its owner only", async () => {
    const state = folder();
    const journal = new Journal(state, nothing);
    await journal.append([["objects", "whole", 1]]);
    await journal.close();
    const path = join(state, "journal-0.jsonl");
    appendFileSync(path, encodeRecord(1, [["objects", "half", 2]]).slice(0, -1));
    const again = new Journal(state, nothing);
    expect(again.loaded).toMatchObject({ image: { objects: { whole: 1 } }, records: 1 });
    expect(again.loaded.tornBytes).toBeGreaterThan(0);
    await again.close();
    expect(readFileSync(path, "utf8")).toBe(encodeRecord(0, [["objects", "whole", 1]]));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("refuses what comes after its end, and keeps what came before", async () => {
    const state = folder();
    const journal = new Journal(state, nothing);
    const before = journal.append([["objects", "before", 1]]);
    const closed = journal.close();
    await expect(journal.append([["objects", "after", 2]])).rejects.toThrow("closed");
    await Promise.all([before, closed]);
    const again = new Journal(state, nothing);
    expect(again.loaded.image).toEqual({ objects: { before: 1 } });
    await again.close();
  });
});
