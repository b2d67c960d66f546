import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Route } from "../../../cli/visit.ts";
import type { WindowContext } from "../../../cli/window/open-windows.ts";
import type { WindowInput } from "../../../model/window-input.ts";
import type { MailServer } from "../../support/mail-server.ts";
import { TenantFarm } from "../cli/tenant-farm.ts";

const hour = 3_600_000;

/** What reaches the mail server of a test. */
export type MailAccess = Pick<MailServer, "host" | "port" | "login" | "certificateFile">;

/** The example administrations with a mail server, and windows that a test writes. */
export class WindowScene implements WindowContext {
  readonly open: TenantFarm;
  readonly output: WindowContext["output"];
  /** What a command gave as its result. */
  value: unknown;
  text = "";
  readonly route: () => Route;

  private constructor(open: TenantFarm, route: Route) {
    this.open = open;
    this.route = () => route;
    this.output = {
      json: false,
      progress: () => {},
      result: (value, text) => {
        this.value = value;
        this.text = text;
      },
    };
  }

  static async make(
    { host, port, login, certificateFile }: MailAccess,
    route: Route = {},
  ): Promise<WindowScene> {
    const mail = {
      ...{ host, port, user: login.user, passwordVariable: "FARM_MAIL_PASSWORD", caFile: certificateFile },
      from: "betrieb@kuestenring.example",
    };
    const change = (settings: unknown) => ({ ...(settings as object), mail });
    return new WindowScene(await TenantFarm.make(change, { FARM_MAIL_PASSWORD: login.password }, ""), route);
  }

  get maintenance(): string {
    return join(dirname(this.open.folder), "maintenance");
  }

  /** Announcements to this administration go there. */
  writeTo(tenant: string, ...recipients: readonly string[]): void {
    const file = join(this.open.folder, `${tenant}.ts`);
    const text = readFileSync(file, "utf8").replace(/ noticeRecipients: \[[^\]]*\],/, "");
    const field = `noticeRecipients: ${JSON.stringify(recipients)}`;
    writeFileSync(
      file,
      text.replace(/contract: \{ ?/, (begin) => `${begin.trimEnd()} ${field}, `),
    );
  }

  /** A window that begins in so many hours, two hours long; returns the instant, milliseconds since 1970. */
  writeWindow(id: string, inHours: number, differs: Partial<WindowInput> = {}): number {
    // Offsets of Berlin are not known here; Z is one as well.
    const start = Math.floor(Date.now() / 1000) * 1000 + inHours * hour;
    const at = (instant: number): string => new Date(instant).toISOString().replace(".000", "");
    const window: WindowInput = {
      ...{
        id,
        kind: "technical-change",
        start: at(start),
        end: at(start + 2 * hour),
        administrations: "all",
      },
      ...{ reason: "ALLRIS net 4.1.8", expectedMinutes: 30, ...differs },
    };
    const text = `import { defineWindow } from "../model/window.ts";\n\nexport const window = defineWindow(${JSON.stringify(window)});\n`;
    writeFileSync(join(this.maintenance, `${id}.ts`), text);
    return start;
  }

  async window(id: string) {
    const found = (await this.open.load()).windows.find((window) => window.id === id);
    if (found === undefined) throw new Error(`no window ${id}`);
    return found;
  }

  async tenant(id: string) {
    const found = (await this.open.load()).tenants.find((tenant) => tenant.id === id);
    if (found === undefined) throw new Error(`no tenant ${id}`);
    return found;
  }

  remove(): void {
    this.open.remove();
  }
}
