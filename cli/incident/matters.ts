import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { loadFile } from "../../loading/files.ts";
import { formatSource } from "../../loading/formatter.ts";
import { readIncidents } from "../../model/incidents/incident-file.ts";
import type { IncidentInput } from "../../model/incidents/incident-input.ts";
import { incidentText } from "../../model/incidents/written.ts";
import { FarmProblems, type Problem } from "../../model/problems.ts";

/** The files of `incidents/` as something that can be written. */
export class Matters {
  readonly folder: string;
  readonly #tenants: readonly string[];

  /**
   * @param tenants the ids of all administrations
   * @param folder @default - "incidents" in the checkout
   */
  constructor(tenants: readonly string[], folder: string = join(checkout, "incidents")) {
    this.#tenants = tenants;
    this.folder = folder;
  }

  has(id: string): boolean {
    return existsSync(this.#path(id));
  }

  /**
   * What a file holds; undefined when it is not there.
   * @throws FarmError when it cannot be loaded; FarmProblems when it is no incident file
   */
  async tryRead(id: string): Promise<IncidentInput | undefined> {
    if (!this.has(id)) return undefined;
    const found = await loadFile(this.folder, `${id}.ts`, { noun: "incident", define: "defineIncident" });
    if ("failure" in found) {
      throw new FarmError({
        what: "The incident file cannot be read",
        where: found.file,
        why: found.failure,
        next: "correct the file",
      });
    }
    this.#requireReadable(id, found.value);
    return found.value as IncidentInput;
  }

  /**
   * Writes a file that would be read without a problem.
   * @returns its path
   * @throws FarmProblems when it would not; FarmError for a file with comments, which would be lost
   */
  write(input: IncidentInput): string {
    const path = this.#path(input.id);
    this.#requireReadable(input.id, input);
    if (existsSync(path) && /^\s*(\/\/|\/\*)/m.test(readFileSync(path, "utf8"))) {
      throw new FarmError({
        what: "The incident file holds comments, which would be lost",
        where: path,
        next: "write the change there by hand, or take the comments out",
      });
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileAtomic(path, formatSource(incidentText(input), path));
    return path;
  }

  #requireReadable(id: string, value: unknown): void {
    const problems: Problem[] = [];
    readIncidents([{ file: `incidents/${id}.ts`, value }], this.#tenants, problems);
    if (problems.length > 0) throw new FarmProblems(problems);
  }

  #path(id: string): string {
    if (!/^[a-z0-9-]+$/.test(id)) {
      throw new FarmError({
        what: `"${id.slice(0, 80)}" is no name of an incident`,
        next: "./farm incident list shows those that there are",
      });
    }
    return join(this.folder, `${id}.ts`);
  }
}
