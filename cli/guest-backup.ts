import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientChannel } from "ssh2";
import type { z } from "zod";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import {
  type GuestCheck,
  type GuestStates,
  type GuestTransfer,
  guestCheckSchema,
  guestStateSchema,
  guestStatesSchema,
  guestTransferSchema,
} from "../model/guest-backup.ts";
import { connect, type SshConnection, type SshServer } from "../providers/ssh/connect.ts";

const program = "sudo -n /usr/local/lib/farm/backup";

/** Where a machine is and how to get there. */
export interface GuestWay {
  readonly machine: SshServer;
  readonly jump: SshServer;
}

/** What is brought back from a copy: a path below the application's files, or the database. */
export type GuestPart = { readonly files: string } | { readonly database: true };

/** The machine's newest state and how the ones before went. @throws FarmError or what the network said */
export function readStates(way: GuestWay, signal: AbortSignal): Promise<GuestStates> {
  return ask(way, "show", guestStatesSchema, signal);
}

/** Lets the machine write its state now: dump, files, manifest. @throws FarmError when it could not */
export async function writeState(way: GuestWay, signal: AbortSignal): Promise<void> {
  const { outcome, story } = await ask(way, "state", guestStateSchema, signal);
  if (outcome !== "done") throw new FarmError({ what: "The machine could not write its state", why: story });
}

/** Whether the machine is what its newest state promised; the answer says what is not. */
export function selfCheck(way: GuestWay, signal: AbortSignal): Promise<GuestCheck> {
  return ask(way, "self-check", guestCheckSchema, signal);
}

/**
 * Brings a part of one machine's newest state to another one. Nothing of it touches this machine's disk.
 * @returns what the receiving machine did
 * @throws FarmError when either of them could not; the receiving one is then as it was
 */
export async function bringOver(
  from: GuestWay,
  to: GuestWay,
  part: GuestPart,
  signal: AbortSignal,
): Promise<GuestTransfer> {
  const [what, argument] = "files" in part ? ["--files", ` ${quoted(part.files)}`] : ["--database", ""];
  const [source, target] = [await connect(from.machine, from.jump, signal), await open(to, signal)];
  try {
    const sending = await execute(source, `${program} export ${what}${argument}`);
    const receiving = await execute(target, `${program} import ${what}`);
    const [sent, received] = [
      collect(sending, ["stderr"], signal),
      collect(receiving, ["stdout", "stderr"], signal),
    ];
    sending.pipe(receiving);
    const [exported, imported] = await Promise.all([sent, received]);
    const answers = [doneOf(exported.stderr, exported.code), doneOf(imported.stdout, imported.code)];
    const [sender, receiver] = answers;
    if (sender?.good && receiver?.good) return receiver.answer;
    // One that fails takes the other with it: both say why.
    throw new FarmError({
      what: "Nothing was brought over",
      why: [`the copy: ${sender?.answer.story}`, `the machine: ${receiver?.answer.story}`].join("; "),
    });
  } finally {
    source.close();
    target.close();
  }
}

/**
 * Writes a part of a machine's newest state into a stream: a tar whose first member lists what follows, with
 * checksums that the machine compares with its manifest while it sends.
 * @throws FarmError when the machine could not send all of it
 */
export async function exportPart(
  way: GuestWay,
  part: GuestPart,
  target: Writable,
  signal: AbortSignal,
): Promise<GuestTransfer> {
  const words = "files" in part ? `--files ${quoted(part.files)}` : "--database";
  const connection = await open(way, signal);
  try {
    const channel = await execute(connection, `${program} export ${words}`);
    const ended = collect(channel, ["stderr"], signal);
    channel.end();
    const [{ stderr, code }] = await Promise.all([ended, pipeline(channel, target, { signal })]);
    const { good, answer } = doneOf(stderr, code);
    if (good) return answer;
    throw new FarmError({ what: `The machine does not hand over its data: ${words}`, why: answer.story });
  } finally {
    connection.close();
  }
}

function open(way: GuestWay, signal: AbortSignal): Promise<SshConnection> {
  return connect(way.machine, way.jump, signal);
}

async function ask<T>(way: GuestWay, words: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  const connection = await open(way, signal);
  try {
    const channel = await execute(connection, `${program} ${words}`);
    channel.end();
    const { stdout, stderr, code } = await collect(channel, ["stdout", "stderr"], signal);
    const read = schema.safeParse(lastJson(stdout));
    if (read.success) return read.data;
    throw refusal(words, stdout || stderr, code);
  } finally {
    connection.close();
  }
}

function execute({ client }: SshConnection, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | undefined;
}

/** Waits for the end of a command; a stream that is not named is somebody else's to read. */
function collect(
  channel: ClientChannel,
  streams: readonly ("stdout" | "stderr")[],
  signal: AbortSignal,
): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  let code: number | undefined;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      channel.close();
      reject(signal.reason);
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    if (streams.includes("stdout")) channel.on("data", (chunk: Buffer) => (text.stdout += chunk));
    channel.stderr.on("data", (chunk: Buffer) => (text.stderr += chunk));
    channel.on("exit", (status: number | null) => (code = status ?? undefined));
    channel.on("error", () => {});
    channel.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve({ ...text, code });
    });
  });
}

function doneOf(text: string, code: number | undefined): { good: boolean; answer: GuestTransfer } {
  const read = guestTransferSchema.safeParse(lastJson(text));
  const silent = `it ended with ${code ?? "no"} exit code`;
  const answer = read.success
    ? read.data
    : { outcome: "failed", story: text.trim().split("\n").at(-1) || silent };
  return { good: read.success && code === 0, answer };
}

function refusal(verb: string, text: string, code: number | undefined): FarmError {
  const answer = lastJson(text);
  const story = typeof answer === "object" && answer !== null ? Reflect.get(answer, "story") : undefined;
  return new FarmError({
    what: `The machine refused: backup ${verb}`,
    why:
      typeof story === "string"
        ? story
        : text.trim().split("\n").at(-1) || `it ended with ${code ?? "no"} exit code`,
  });
}

/** The program's last line is its result; those before say how it went. */
function lastJson(text: string): unknown {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "") as unknown;
  } catch {
    return undefined;
  }
}

/** For the login shell of the machine. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One line, whatever was thrown. */
export function sentence(error: unknown): string {
  if (!(error instanceof FarmError)) return messageOf(error).split("\n", 1).join("");
  return [error.parts.what, error.parts.why].filter(Boolean).join(": ");
}
