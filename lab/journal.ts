import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  write,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { Json } from "./json.ts";

const writeBytes = promisify(write);
const syncData = promisify(fdatasync);

/** Sets an entry of a table, or removes it when the value is null. */
export type Change = readonly [table: string, key: string, value: Json];

/** All entries, by table and key. */
export type Image = Readonly<Record<string, Readonly<Record<string, Json>>>>;

/** What a folder held. */
export interface Loaded {
  readonly image: Image;
  /** Complete records read after the snapshot. */
  readonly records: number;
  /** Bytes behind the last complete record, left there by a crash. */
  readonly tornBytes: number;
}

/** A line is "<checksum> <number> <changes>\n": a torn or foreign line never passes for a record. */
function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** One record as a line of the journal. */
export function encodeRecord(number: number, changes: readonly Change[]): string {
  const text = `${number} ${JSON.stringify(changes)}`;
  return `${checksum(text)} ${text}\n`;
}

/** Reads records until the first that is not complete. */
export function decodeRecords(bytes: Uint8Array): { records: (readonly Change[])[]; goodBytes: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: (readonly Change[])[] = [];
  let goodBytes = 0;
  for (;;) {
    const end = buffer.indexOf(0x0a, goodBytes);
    if (end < 0) break;
    const line = buffer.toString("utf8", goodBytes, end);
    const text = line.slice(17);
    const prefix = `${records.length} `;
    if (line[16] !== " " || checksum(text) !== line.slice(0, 16) || !text.startsWith(prefix)) break;
    records.push(JSON.parse(text.slice(prefix.length)) as readonly Change[]);
    goodBytes = end + 1;
  }
  return { records, goodBytes };
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Keeps changes on disk: a snapshot of everything and an append-only journal of what came after. A change is
 * durable when its promise resolves; changes that wait together share one fdatasync. Snapshot N goes with
 * journal N only, so a crash between writing the one and starting the other loses and repeats nothing.
 */
export class Journal {
  private readonly folder: string;
  private generation = 0;
  private descriptor: number;
  private records = 0;
  private waiting: Waiting[] = [];
  private flushing: Promise<void> | undefined;
  private failure: Error | undefined;
  private readonly image: () => Image;
  private readonly compactAfter: number;
  readonly loaded: Loaded;

  /**
   * @param image gives everything as it is now, for the next snapshot.
   * @param compactAfter number of records after which a new snapshot is written. @default 4000
   */
  constructor(folder: string, image: () => Image, compactAfter = 4000) {
    this.folder = folder;
    this.image = image;
    this.compactAfter = compactAfter;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const base = this.readSnapshot();
    const path = this.journalPath();
    this.descriptor = openSync(path, "a+", 0o600);
    const bytes = readFileSync(path);
    const { records, goodBytes } = decodeRecords(bytes);
    if (goodBytes < bytes.length) {
      ftruncateSync(this.descriptor, goodBytes);
      fsyncSync(this.descriptor);
    }
    for (const record of records) applyChanges(base, record);
    this.records = records.length;
    this.loaded = { image: base, records: records.length, tornBytes: bytes.length - goodBytes };
    this.removeOldJournals();
    this.syncFolder();
  }

  /** Queues changes. Resolves once they survive a crash; rejects when the file is closed or could not be written. */
  append(changes: readonly Change[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    const line = encodeRecord(this.records++, changes);
    const done = new Promise<void>((resolve, reject) => this.waiting.push({ line, resolve, reject }));
    this.flushing ??= this.flush();
    return done;
  }

  /** Waits for everything queued, and closes the file; what comes later is refused. */
  async close(): Promise<void> {
    // The number of a closed file soon belongs to another one.
    this.failure ??= new Error("the journal is closed");
    while (this.flushing) await this.flushing;
    closeSync(this.descriptor);
  }

  private async flush(): Promise<void> {
    // Leaving the current turn lets requests that came in together share the sync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        if (this.records > this.compactAfter) this.compact();
        else await this.write(batch.map((each) => each.line).join(""));
        for (const each of batch) each.resolve();
      } catch (error) {
        // What the disk holds is no longer known: nothing may be acknowledged from here on.
        this.failure = new Error(`the journal cannot be written: ${messageOf(error)}`, { cause: error });
        for (const each of [...batch, ...this.waiting]) each.reject(this.failure);
        this.waiting = [];
      }
    }
    this.flushing = undefined;
  }

  private async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      written += (await writeBytes(this.descriptor, bytes, written, bytes.length - written)).bytesWritten;
    }
    await syncData(this.descriptor);
  }

  /** The image holds every queued change already, so it stands for the whole queue. */
  private compact(): void {
    const next = this.generation + 1;
    const snapshot = JSON.stringify({ generation: next, image: this.image() });
    writeFileAtomic(this.snapshotPath(), snapshot, 0o600);
    closeSync(this.descriptor);
    this.generation = next;
    this.records = 0;
    this.descriptor = openSync(this.journalPath(), "a+", 0o600);
    this.removeOldJournals();
    this.syncFolder();
  }

  private readSnapshot(): Record<string, Record<string, Json>> {
    const path = this.snapshotPath();
    if (!existsSync(path)) return {};
    try {
      const snapshot = JSON.parse(readFileSync(path, "utf8"));
      this.generation = snapshot.generation;
      return snapshot.image;
    } catch (error) {
      throw new FarmError({
        what: "the simulator's data cannot be read",
        where: path,
        why: messageOf(error),
        next: "restore the file, or begin anew with `./farm lab reset`",
      });
    }
  }

  private snapshotPath(): string {
    return join(this.folder, "snapshot.json");
  }

  private journalPath(): string {
    return join(this.folder, `journal-${this.generation}.jsonl`);
  }

  /** A new file is only durable once its folder is. */
  private syncFolder(): void {
    const descriptor = openSync(this.folder, "r");
    fsyncSync(descriptor);
    closeSync(descriptor);
  }

  private removeOldJournals(): void {
    for (const name of readdirSync(this.folder)) {
      const generation = /^journal-(\d+)\.jsonl$/.exec(name)?.[1];
      if (generation !== undefined && Number(generation) !== this.generation) rmSync(join(this.folder, name));
    }
  }
}

function applyChanges(image: Record<string, Record<string, Json>>, changes: readonly Change[]): void {
  for (const [table, key, value] of changes) {
    image[table] ??= {};
    const entries = image[table];
    if (value === null) delete entries[key];
    else entries[key] = value;
  }
}
