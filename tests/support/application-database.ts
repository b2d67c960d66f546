import { onMachine } from "./machine.ts";

/** The database of the release that runs on a machine. */
export class ApplicationDatabase {
  readonly #address: string;
  readonly #hostKey: string;

  constructor(address: string, hostKey: string) {
    this.#address = address;
    this.#hostKey = hostKey;
  }

  /** Runs statements; values of a row are parted by `|`. */
  async sql(statements: string): Promise<string> {
    // Base64 passes two shells unharmed.
    const text = Buffer.from(statements).toString("base64");
    const generation = "$(basename $(readlink -f /srv/allrisnet/current))";
    const psql = `sudo -u postgres psql -XqAt -v ON_ERROR_STOP=1 -d allrisnet_${generation}`;
    const { code, stdout, stderr } = await onMachine(
      this.#address,
      this.#hostKey,
      `cd / && echo ${text} | base64 -d | ${psql}`,
    );
    if (code !== 0) throw new Error(`psql on ${this.#address}: ${stderr}`);
    return stdout.trim();
  }
}
