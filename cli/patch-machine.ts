import { setTimeout as sleep } from "node:timers/promises";
import { patchCall, patchCommand } from "../guest/patch-program.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import {
  type PatchResult,
  type PatchState,
  patchResultSchema,
  patchStateSchema,
} from "../model/patch-state.ts";
import { connect, HostKeyMismatch, SignInRefused, type SshServer } from "../providers/ssh/connect.ts";
import { runCommand } from "../providers/ssh/run-command.ts";

/** Where a machine is and how to get there. */
export interface MachineWay {
  readonly machine: SshServer;
  readonly jump: SshServer;
}

/** What a machine shall do. */
export interface PatchRequest {
  readonly ring: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly repository: {
    readonly url: string;
    readonly suite: string;
    readonly component: string;
    /** OpenPGP, armored. */
    readonly key: string;
  };
  readonly window?: string;
  readonly emergency?: string;
}

/** Milliseconds. */
const patience = {
  /** For an answer that only has to be looked up. */
  answer: 120_000,
  /** For a run to begin. */
  begin: 60_000,
  /** For a run: a large set of packages, two restarts of the machine and the way back. */
  run: 45 * 60_000,
  /** For a machine that starts. */
  boot: 5 * 60_000,
} as const;

/** The machine neither went on nor said why within the time. */
export class MachineSilent extends FarmError {}

/** The run could not be begun, as far as anybody knows. If it was, the machine brings it to its own end. */
export class NotBegun extends FarmError {}

/** The patch program of one machine, over ssh. */
export class PatchedMachine {
  private readonly way: MachineWay;
  private readonly say: (line: string) => void;

  /** @param say is told how a run is going */
  constructor(way: MachineWay, say: (line: string) => void) {
    this.way = way;
    this.say = say;
  }

  /** What is installed of these packages. @throws FarmError or what the network said */
  async status(packages: readonly string[]): Promise<PatchState> {
    const answer = await this.ask(["status"], { packages });
    const read = patchStateSchema.safeParse(answer);
    if (read.success) return read.data;
    throw unexpected(answer);
  }

  /** Whether packages, services and site are well. Waits for a machine that is starting. */
  async check(): Promise<PatchResult> {
    return resultOf(await this.again(patience.boot, () => this.ask(["check"], {})));
  }

  /**
   * Brings packages to their versions. It runs as a service of the machine: a lost connection does not stop it,
   * and the next one goes on listening where the last one broke off.
   *
   * @throws NotBegun, or MachineSilent when it has no result in the end
   */
  async run(id: string, request: PatchRequest): Promise<PatchResult> {
    const begun = await this.begin(id, request);
    if (begun.outcome !== "done") return begun;
    let seen = 0;
    let end: PatchResult | "lost" | undefined;
    const onLine = (text: string): void => {
      const line = JSON.parse(text) as {
        step?: string;
        begins?: true;
        note?: string;
        result?: unknown;
        lost?: true;
      };
      if (line.result !== undefined) end = resultOf(line.result);
      else if (line.lost) end = "lost";
      else {
        seen++;
        const told = line.note ?? (line.begins ? line.step : undefined);
        if (told !== undefined) this.say(told);
      }
    };
    await this.again(patience.run, async () => {
      await this.execute(["follow", id, String(seen)], {}, patience.run, onLine);
      if (end === undefined) throw new Error("it stopped telling");
    });
    if (end !== undefined && end !== "lost") return end;
    throw new MachineSilent({ what: "the run on the machine ended without a result" });
  }

  private async begin(id: string, request: PatchRequest): Promise<PatchResult> {
    try {
      return resultOf(await this.again(patience.begin, () => this.ask(["begin", id], request)));
    } catch (error) {
      throw new NotBegun(
        {
          what: "the run could not be begun",
          why:
            error instanceof FarmError
              ? [error.parts.what, error.parts.why].filter(Boolean).join(": ")
              : messageOf(error),
          next: "./farm patch status says whether it is under way all the same",
        },
        { cause: error },
      );
    }
  }

  private async ask(words: readonly string[], request: object): Promise<unknown> {
    const text = await this.execute(words, request, patience.answer, () => {});
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw unexpected(text);
    }
  }

  private async execute(
    words: readonly string[],
    request: object,
    milliseconds: number,
    onLine: (line: string) => void,
  ): Promise<string> {
    const signal = AbortSignal.timeout(milliseconds);
    const connection = await connect(this.way.machine, this.way.jump, signal);
    try {
      const remote = {
        command: patchCommand,
        stdin: patchCall(words, request),
        environment: {},
        onLine: (stream: "stdout" | "stderr", line: string) => {
          if (stream === "stdout") onLine(line);
        },
      };
      return (await runCommand(connection.client, remote, signal)).stdout;
    } catch (error) {
      throw shortened(error);
    } finally {
      connection.close();
    }
  }

  /** Tries again while the machine may only be on its way down or up: it then also refuses to let anybody in. */
  private async again<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + milliseconds;
    for (let told = false; ; ) {
      try {
        return await work();
      } catch (error) {
        const final = error instanceof FarmError && !(error instanceof SignInRefused);
        if (error instanceof HostKeyMismatch || final) throw error;
        if (Date.now() > deadline) {
          const next = "look at the machine's console in Xen Orchestra";
          throw new MachineSilent(
            { what: "the machine does not answer", why: messageOf(error), next },
            { cause: error },
          );
        }
        if (!told) this.say(`the connection was lost (${messageOf(error).split("\n", 1)[0]}): trying again`);
        told = true;
        await sleep(1000);
      }
    }
  }
}

/** The program's own answer as a result. Other answers than that of a run have no changes. */
function resultOf(answer: unknown): PatchResult {
  const read = patchResultSchema.safeParse(answer);
  if (read.success) return read.data;
  throw unexpected(answer);
}

function unexpected(answer: unknown): FarmError {
  const story = typeof answer === "object" && answer !== null ? Reflect.get(answer, "story") : undefined;
  return new FarmError({
    what: "the patch program gave no answer that can be understood",
    why: typeof story === "string" ? story : JSON.stringify(answer).slice(0, 300),
  });
}

/** The error of a command repeats the command, which here is a program: its last line says what happened. */
function shortened(error: unknown): unknown {
  const text = messageOf(error);
  if (!text.startsWith("Process exited")) return error;
  return new Error(`${text.split(":", 1)[0]}: ${text.trim().split("\n").at(-1) ?? ""}`);
}
