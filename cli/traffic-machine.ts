import type { Client } from "ssh2";
import { FarmError } from "../lib/farm-error.ts";
import type { PlainDate } from "../model/plain-date.ts";
import { machineReportSchema } from "../model/traffic-day.ts";
import { connect, type SshServer } from "../providers/ssh/connect.ts";

/** Where a machine is and how to get there. */
export interface MachineAccess {
  readonly machine: SshServer;
  readonly jump: SshServer;
}

/** Seconds that a machine has for reading its log and answering: a busy day is ten million lines. */
const patience = 120;
const largestAnswer = 64_000_000;

/**
 * Lets a machine bring its sums up to date and fetches those of some days, as the machine writes them.
 * @throws FarmError or what the network said: one sentence that tells why this machine is not counted
 */
export async function readMachineDays(
  { machine, jump }: MachineAccess,
  first: PlainDate,
  last: PlainDate,
  command = "sudo -n /usr/local/lib/farm/traffic",
): Promise<readonly unknown[]> {
  const signal = AbortSignal.timeout(patience * 1000);
  const connection = await connect(machine, jump, signal);
  try {
    const text = await execute(connection.client, `${command} show ${first} ${last}`, signal);
    const answer = JSON.parse(text) as { days: readonly unknown[] };
    const read = machineReportSchema.safeParse(answer);
    if (read.success) return answer.days;
    const [issue] = read.error.issues;
    throw new FarmError({ what: `its sums are malformed: ${issue?.path.join(".")}: ${issue?.message}` });
  } finally {
    connection.close();
  }
}

function execute(client: Client, command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error(`no answer within ${patience} s`)), {
      once: true,
    });
    client.once("close", () => reject(new Error("it closed the connection")));
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const [output, errors]: [Buffer[], Buffer[]] = [[], []];
      let size = 0;
      channel.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > largestAnswer) reject(new Error("its answer does not end"));
        else output.push(chunk);
      });
      channel.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
      channel.on("close", (code: number | undefined) => {
        if (code === 0) resolve(Buffer.concat(output).toString());
        else
          reject(new Error(lastLine(errors) || `its traffic program ended with ${code ?? "no"} exit code`));
      });
    });
  });
}

function lastLine(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString().trim().split("\n").at(-1) ?? "";
}
