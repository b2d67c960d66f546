import { constants } from "node:os";
import { StringDecoder } from "node:string_decoder";
import type { Client, ClientChannel } from "ssh2";

/** A command on another machine. */
export interface RemoteCommand {
  /** For the login shell of the user. */
  readonly command: string;
  readonly stdin: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Called with each whole line while the command runs. */
  onLine(stream: "stdout" | "stderr", line: string): void;
}

/** What a command that ended with 0 has written. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Collects what comes, and passes it on line by line. */
class Collector {
  private readonly decoder = new StringDecoder("utf8");
  private readonly onLine: (line: string) => void;
  private rest = "";
  text = "";

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  add(piece: string): void {
    this.text += piece;
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.onLine(line);
  }

  write(chunk: Buffer): string {
    const piece = this.decoder.write(chunk);
    this.add(piece);
    return piece;
  }

  end(): void {
    this.add(this.decoder.end());
    if (this.rest !== "") this.onLine(this.rest);
  }
}

function trimmed(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

/** Ends what runs in a channel. sshd leaves it running when the channel closes: it must be told. */
function kill(channel: ClientChannel): void {
  // The public method sends nothing once the input has ended, which the protocol (RFC 4254, 6.9) allows.
  const { _client, outgoing } = channel as unknown as {
    readonly _client: { readonly _protocol: { signal(id: number, name: string): void } };
    readonly outgoing: { readonly id: number };
  };
  _client._protocol.signal(outgoing.id, "KILL");
  channel.close();
}

/**
 * Runs a command to its end.
 * @throws Error with the command and everything it wrote, as the official provider's, when it does not end with 0
 */
export function runCommand(
  client: Client,
  remote: RemoteCommand,
  signal: AbortSignal,
): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // Everything is listened to at once: a quick command has ended before a promise could resolve.
    client.exec(remote.command, { env: remote.environment }, (error, channel) => {
      if (error) reject(error);
      else follow(channel, remote, signal).then(resolve, reject);
    });
  });
}

/** How a process ended, in the words of Go's ssh library. */
function endingOf(code: number | null, name: string | undefined): string {
  if (code !== null) return `Process exited with status ${code}`;
  const number = constants.signals[name as NodeJS.Signals] ?? 0;
  return `Process exited with status ${128 + number} from signal ${name?.replace(/^SIG/, "")}`;
}

function follow(channel: ClientChannel, remote: RemoteCommand, signal: AbortSignal): Promise<CommandOutput> {
  const stdout = new Collector((line) => remote.onLine("stdout", line));
  const stderr = new Collector((line) => remote.onLine("stderr", line));
  let both = "";
  let ending: string | undefined;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      kill(channel);
      reject(signal.reason);
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    channel.on("data", (chunk: Buffer) => {
      both += stdout.write(chunk);
    });
    channel.stderr.on("data", (chunk: Buffer) => {
      both += stderr.write(chunk);
    });
    channel.on("exit", (code: number | null, name?: string) => {
      ending = endingOf(code, name);
    });
    channel.on("close", () => {
      signal.removeEventListener("abort", stop);
      stdout.end();
      stderr.end();
      if (ending === "Process exited with status 0") {
        resolve({ stdout: trimmed(stdout.text), stderr: trimmed(stderr.text) });
      } else {
        const what = ending ?? "the connection was lost, nobody knows how the command ended";
        reject(new Error(`${what}: running ${JSON.stringify(remote.command)}:\n${both}`));
      }
    });
    // A command that does not read its input closes it early; how it ended says what happened.
    channel.on("error", () => {});
    channel.end(remote.stdin);
  });
}

/** Which of these variables the server did not take: sshd takes those of its AcceptEnv and drops the others. */
export async function droppedVariables(
  client: Client,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = Object.keys(environment).filter((name) => /^[A-Za-z_]\w*$/.test(name));
  if (names.length === 0) return [];
  const command = names.map((name) => `[ "\${${name}+x}" ] || echo ${name}`).join("; ");
  const { stdout } = await runCommand(
    client,
    { command: `${command}; true`, stdin: "", environment, onLine() {} },
    signal,
  );
  return stdout.split("\n").filter((name) => name !== "");
}
