import { createHash } from "node:crypto";
import { type MeasurementRecord, measurementRecord } from "./record.ts";

/** The end of a chain: what the next line has to follow. */
export interface ChainHead {
  /** Of the last line. */
  readonly seq: number;
  readonly hash: string;
}

/** Why a line does not belong where it stands. */
export interface ChainFault {
  /** Place in the log, counted from 1 over all its files. */
  readonly line: number;
  /**
   * `torn`: it is no whole line of a log. `changed`: it is not the text that was hashed. `missing`: lines before it are
   * gone. `order`: it stands after one that came later, or twice. `forked`: the line before it is another one than the
   * one that it followed. `stranger`: it is another prober's.
   */
  readonly kind: "torn" | "changed" | "missing" | "order" | "forked" | "stranger";
  /** For people. */
  readonly text: string;
}

/** `prev` of a log's first line. */
export const chainStart: string = "0".repeat(64);

// The hash is always the last field: what was hashed is the text without it, so nobody has to write JSON the same way.
const sealed = /^(\{"seq":\d+,.*),"hash":"([0-9a-f]{64})"\}$/s;

/** The hash that a line carries and the one that its text has; undefined when it is no line of a log. */
export function sealOf(text: string): { readonly carried: string; readonly computed: string } | undefined {
  const [, body, carried] = sealed.exec(text) ?? [];
  if (body === undefined || carried === undefined) return undefined;
  return { carried, computed: createHash("sha256").update(`${body}}`).digest("hex") };
}

/**
 * Follows one prober's log line by line, over all its files and the prober's restarts. After the first fault no line is
 * taken any more: whoever could change one line could have written all that follow.
 */
export class ChainReader {
  readonly #prober: string;
  #head: ChainHead | undefined;
  #fault: ChainFault | undefined;
  #line = 0;

  /**
   * @param prober whose log it is
   * @param head where the log goes on. @default - with its first line
   */
  constructor(prober: string, head?: ChainHead) {
    this.#prober = prober;
    this.#head = head;
  }

  /** The last line that was in order. @default - there was none */
  get head(): ChainHead | undefined {
    return this.#head;
  }

  /** The first fault. @default - the log is whole so far */
  get fault(): ChainFault | undefined {
    return this.#fault;
  }

  /** Takes the next line, without its end. Undefined once the chain is broken; `fault` says where and why. */
  read(text: string): MeasurementRecord | undefined {
    this.#line += 1;
    if (this.#fault !== undefined) return undefined;
    const found = examine(text, this.#prober, this.#head);
    if ("kind" in found && "text" in found) {
      this.#fault = { line: this.#line, ...found };
      return undefined;
    }
    this.#head = { seq: found.seq, hash: found.hash };
    return found;
  }
}

function examine(
  text: string,
  prober: string,
  head: ChainHead | undefined,
): MeasurementRecord | Omit<ChainFault, "line"> {
  const seal = sealOf(text);
  const record = seal && tryRecord(text);
  if (seal === undefined || record === undefined) {
    return { kind: "torn", text: "it is no whole line of a log" };
  }
  if (seal.computed !== seal.carried) {
    return { kind: "changed", text: `line ${record.seq} is not the text that its hash was made of` };
  }
  if (record.prober !== prober) {
    return { kind: "stranger", text: `it is a line of the prober ${record.prober}` };
  }
  const next = head === undefined ? 0 : head.seq + 1;
  if (record.seq > next) {
    const gone = record.seq === next + 1 ? `line ${next} is` : `lines ${next} to ${record.seq - 1} are`;
    return { kind: "missing", text: `${gone} gone before line ${record.seq}` };
  }
  if (record.seq < next) {
    return { kind: "order", text: `line ${record.seq} stands where line ${next} belongs` };
  }
  if (record.prev !== (head?.hash ?? chainStart)) {
    const before =
      head === undefined ? "it begins no log" : `line ${head.seq} is another one than it followed`;
    return { kind: "forked", text: `line ${record.seq}: ${before}` };
  }
  return record;
}

function tryRecord(text: string): MeasurementRecord | undefined {
  try {
    const read = measurementRecord.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
