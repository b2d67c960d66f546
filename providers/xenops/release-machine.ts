import { randomBytes } from "node:crypto";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Context, Properties } from "../kit/types.ts";
import { HostKeyMismatch, SignInRefused, type SshConnection } from "../ssh/connect.ts";
import { DialFailed, dial } from "../ssh/dial.ts";
import { withPatience } from "../ssh/patience.ts";
import { runCommand } from "../ssh/run-command.ts";
import { SftpCopy } from "../ssh/sftp-copy.ts";

const program = "/usr/local/lib/farm/release";

/** What the machine's release program says of the machine. */
export interface GuestStatus {
  readonly current: {
    readonly generation: number;
    readonly version: string;
    readonly build: string;
    readonly sha256: string;
  } | null;
  readonly health: { readonly version?: string; readonly build?: string; readonly error?: string };
  readonly maintenance: boolean;
}

/** How a run of the release program ended. */
export interface GuestResult {
  /**
   * `refused`: nothing was touched; `back`: taken back by itself; `stuck`: not even that; `lost`: the machine
   * restarted in the middle; `failed` and `busy`: it did not begin.
   */
  readonly outcome: "done" | "nothing" | "refused" | "back" | "stuck" | "failed" | "busy" | "lost";
  /** The whole story in a sentence or two. */
  readonly story: string;
  readonly awaySeconds?: number;
  readonly failedStep?: string;
  readonly notes?: readonly string[];
}

/** A verb of the release program that changes something. */
export type GuestVerb = "install" | "update" | "back";

interface Line {
  readonly step?: string;
  readonly seconds?: number;
  readonly note?: string;
  readonly result?: GuestResult;
  readonly lost?: true;
}

/** Milliseconds that a machine may be away while something runs on it: it may be restarting. */
const reconnectTime = 10 * 60_000;
/** Milliseconds in which a run has to begin. */
const beginTime = 60_000;

/** Whether another attempt may help: the way to the machine broke, and the program itself said nothing. */
function mayPass(error: unknown): boolean {
  if (error instanceof DialFailed)
    return !(error.cause instanceof HostKeyMismatch || error.cause instanceof SignInRefused);
  return !(error instanceof FarmError) && !messageOf(error).startsWith("Process exited");
}

/** A line of the release program, or undefined for what is none. */
function tryLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** The release program of one machine, over ssh. */
export class GuestRelease {
  private readonly context: Context<unknown>;
  private readonly connection: Properties;

  /** @param connection as `@pulumi/command` takes it */
  constructor(context: Context<unknown>, connection: Properties) {
    this.context = context;
    this.connection = connection;
  }

  /** Asks what is installed and runs. */
  async status(): Promise<GuestStatus> {
    return (await this.ask("status")) as GuestStatus;
  }

  /** Copies an archive into the operator's home and answers its path there. */
  async upload(file: string, sha256: string): Promise<string> {
    return this.connected(async (ssh) => {
      // A session begins in the home folder; the release program wants the whole path.
      const path = `${await this.execute(ssh, "pwd")}/release-${sha256.slice(0, 16)}.war`;
      const sftp = await SftpCopy.open(ssh.client);
      await Promise.race([
        sftp.copy({ path: file }, path),
        new Promise<never>((_resolve, reject) =>
          ssh.client.once("close", () => reject(new Error("the ssh connection was lost while copying"))),
        ),
      ]);
      return path;
    });
  }

  /**
   * Runs a verb to its end. It runs as a service of the machine: a lost connection does not stop it, and the
   * next one goes on listening where the last one broke off.
   */
  async run(verb: GuestVerb, request: object): Promise<GuestResult> {
    const id = randomBytes(8).toString("hex");
    const text = JSON.stringify(request);
    const begin = await this.again(() => this.ask(`begin ${id} ${verb}`, text), beginTime);
    const { outcome } = begin as GuestResult;
    if (outcome !== "done") return begin as GuestResult;
    let seen = 0;
    let result: GuestResult | undefined;
    const onLine = (text: string): void => {
      const line = tryLine(text);
      // A lost connection may cut the last line off; the next one tells it again, whole.
      if (line === undefined) return;
      if (line.result !== undefined) result = line.result;
      else if (line.lost) result = { outcome: "lost", story: "the machine restarted in the middle" };
      else {
        seen++;
        this.tell(line);
      }
    };
    await this.again(() =>
      this.connected((ssh) => this.execute(ssh, `sudo -n ${program} follow ${id} ${seen}`, "", onLine)),
    );
    if (result !== undefined) return result;
    throw new FarmError({ what: `the release program of ${this.place} ended without a result` });
  }

  /** Waits until the machine lets us in again. */
  async reachable(): Promise<void> {
    await this.again(() => this.connected((ssh) => this.execute(ssh, "true")));
  }

  /** For messages. */
  get place(): string {
    return `${this.connection.user ?? "root"}@${this.connection.host}`;
  }

  private tell({ step, seconds, note }: Line): void {
    if (note !== undefined) this.context.log("info", note);
    else if (seconds !== undefined) this.context.log("info", `${step} ${seconds} s`);
  }

  /** Goes on after lost connections. */
  private again<Result>(work: () => Promise<Result>, time = reconnectTime): Promise<Result> {
    const end = Date.now() + time;
    const patience = {
      again: (_failures: number, error: unknown) => mayPass(error) && Date.now() < end,
      onFailure: (failures: number, error: unknown) => {
        if (failures === 1) this.context.log("info", `${this.place}: ${messageOf(error)}; trying again`);
      },
    };
    return withPatience(work, patience, this.context.signal);
  }

  private async connected<Result>(work: (ssh: SshConnection) => Promise<Result>): Promise<Result> {
    const ssh = await dial(this.context, this.connection);
    try {
      return await work(ssh);
    } finally {
      ssh.close();
    }
  }

  private async ask(verb: string, stdin = ""): Promise<unknown> {
    // Its exit code says no more than its answer, and would hide it.
    const command = `sudo -n ${program} ${verb}; code=$?; [ $code -lt 126 ] || exit $code`;
    const answer = await this.connected((ssh) => this.execute(ssh, command, stdin)).catch(
      (error: unknown) => {
        if (!/status 12[67]|sudo:/.test(messageOf(error))) throw error;
        throw new FarmError(
          {
            what: `the machine ${this.place} has no release program`,
            why: messageOf(error),
            next: "roll out its settings first: the program comes with them",
          },
          { cause: error },
        );
      },
    );
    try {
      return JSON.parse(answer) as unknown;
    } catch (cause) {
      throw new FarmError(
        { what: `the release program of ${this.place} gave no answer`, why: answer || "it wrote nothing" },
        { cause },
      );
    }
  }

  private async execute(
    ssh: SshConnection,
    command: string,
    stdin = "",
    onLine: (line: string) => void = () => {},
  ): Promise<string> {
    const remote = {
      command,
      stdin,
      environment: {},
      onLine: (stream: string, line: string) => {
        if (stream === "stdout") onLine(line);
      },
    };
    const { stdout } = await runCommand(ssh.client, remote, this.context.signal);
    return stdout;
  }
}
