import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { connect } from "../../providers/ssh/connect.ts";
import { runCommand } from "../../providers/ssh/run-command.ts";
import type { GuestWay } from "../guest-backup.ts";

/**
 * Runs a command on a machine with its pinned host key, and answers what it printed.
 * @param onLine told each line as it comes. @default - nobody is
 * @throws FarmError with the machine's last words when the command fails; HostKeyMismatch and SignInRefused
 */
export async function onMachine(
  way: GuestWay,
  command: string,
  signal: AbortSignal,
  onLine: (stream: "stdout" | "stderr", line: string) => void = () => {},
): Promise<string> {
  const connection = await connect(way.machine, way.jump, signal);
  try {
    const { stdout } = await runCommand(
      connection.client,
      { command, stdin: "", environment: {}, onLine },
      signal,
    );
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    throw new FarmError(
      {
        what: "The machine refuses a command",
        where: `${way.machine.user}@${way.machine.host}: ${command.slice(0, 120)}`,
        why: messageOf(error).trim().split("\n").slice(-3).join("; "),
      },
      { cause: error },
    );
  } finally {
    connection.close();
  }
}
