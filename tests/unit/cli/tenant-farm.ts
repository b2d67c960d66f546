import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenFarm } from "../../../cli/tenant/open-farm.ts";
import { checkout } from "../../../lib/paths.ts";
import { loadFarm } from "../../../loading/farm.ts";
import { loadSettings } from "../../../loading/settings.ts";
import { environment } from "../model/fixtures.ts";

/** The example administrations in a folder of their own, with the lab's settings. */
export class TenantFarm implements OpenFarm {
  readonly stack = "lab";
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly #root: string;
  readonly #settings: unknown;
  readonly #at: string;

  private constructor(root: string, settings: unknown, at: string, more: Readonly<Record<string, string>>) {
    this.#root = root;
    this.folder = join(root, "tenants");
    this.#settings = settings;
    this.#at = at;
    this.environment = { ...environment, ...more };
  }

  /**
   * @param change what differs in the settings of the lab
   * @param more further variables
   * @param at the instant of the run; none is now
   */
  static async make(
    change: (settings: unknown) => unknown = (settings) => settings,
    more: Readonly<Record<string, string>> = {},
    at: string = "2026-11-26T10:00:00+01:00",
  ): Promise<TenantFarm> {
    const root = mkdtempSync(join(tmpdir(), "farm-tenants-"));
    for (const name of ["tenants", "releases", "assets"]) {
      cpSync(join(checkout, name), join(root, name), { recursive: true });
    }
    mkdirSync(join(root, "maintenance"));
    // What files import.
    for (const name of ["model", "lib", "node_modules"]) symlinkSync(join(checkout, name), join(root, name));
    writeFileSync(join(root, "package.json"), '{ "type": "module" }\n');
    const { value } = await loadSettings("lab");
    return new TenantFarm(root, change(structuredClone(value)), at, more);
  }

  load: OpenFarm["load"] = (drafts = []) =>
    loadFarm({
      settings: this.#settings,
      settingsFile: "Pulumi.lab.yaml",
      environment: this.environment,
      at: this.#at,
      folder: this.folder,
      drafts,
    });

  text(id: string): string {
    return readFileSync(join(this.folder, `${id}.ts`), "utf8");
  }

  /** Writes a file beside the folder of the tenants: "maintenance/2026-12-08.ts". */
  write(path: string, text: string): void {
    writeFileSync(join(this.#root, path), text);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}
