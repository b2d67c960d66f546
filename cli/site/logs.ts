import type { GuestWay } from "../guest-backup.ts";
import { onMachine } from "./on-machine.ts";

/** Whose words a machine can be asked for: units of systemd, or a file that nginx writes. */
export const sources = {
  application: { units: ["allrisnet@*.service", "allrisnet.service"] },
  certificate: { units: ["farm-certificate.service"] },
  backup: { units: ["farm-backup.service"] },
  /** Requests, with visitors' addresses. */
  access: { file: "/var/log/nginx/access.json" },
  web: { file: "/var/log/nginx/error.log" },
  system: { units: [] },
} as const satisfies Readonly<
  Record<string, { readonly units: readonly string[] } | { readonly file: string }>
>;

/** Which lines. */
export interface LogWish {
  readonly of: keyof typeof sources;
  /** As journalctl takes it; a file is read from its end alone. */
  readonly since: string;
  readonly count: number;
  /** Goes on until it is interrupted. */
  readonly follow: boolean;
}

/** The command that prints them. */
export function logCommand({ of, since, count, follow }: LogWish): string {
  const source = sources[of];
  if ("file" in source) return `sudo -n tail -n ${count}${follow ? " -F" : ""} ${quoted(source.file)}`;
  const units = source.units.map((unit) => `--unit=${quoted(unit)}`).join(" ");
  const rest = `--since=${quoted(since)} --lines=${count} --no-pager --output=short-iso`;
  return `sudo -n journalctl ${units} ${rest}${follow ? " --follow" : ""}`.replaceAll("  ", " ");
}

/** Reads them, a line at a time. @returns all lines; what was read so far when it is interrupted while following */
export async function readLogs(
  way: GuestWay,
  wish: LogWish,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const take = (stream: "stdout" | "stderr", line: string): void => {
    if (stream !== "stdout") return;
    lines.push(line);
    onLine(line);
  };
  try {
    await onMachine(way, logCommand(wish), signal, take);
  } catch (error) {
    if (!(wish.follow && signal.aborted)) throw error;
  }
  return lines;
}

/** For the login shell of the machine. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
