import { readFileSync } from "node:fs";

/** A mount as a process sees it. */
export interface Mount {
  /** Where, as that process names it. */
  readonly path: string;
  /** "<major>:<minor>" of the device. */
  readonly device: string;
  /** Whether what is mounted and unmounted below it is seen in the mount namespaces made from this one. */
  readonly shared: boolean;
}

/** The mounts of a process, in the order in which they were made. @param pid @default - this process */
export function mountsOf(pid: number | "self" = "self"): Mount[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const fields = line.split(" ");
    const optional = fields.slice(6, fields.indexOf("-"));
    return {
      path: unescapeMount(fields[4] ?? ""),
      device: fields[2] ?? "",
      shared: optional.some((field) => field.startsWith("shared:")),
    };
  });
}

/** Whether something is mounted just there. */
export function isMountPoint(path: string): boolean {
  return mountsOf().some((mount) => mount.path === path);
}

/** Spaces and the like are octal in /proc/PID/mountinfo. */
function unescapeMount(path: string): string {
  return path.replaceAll(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
