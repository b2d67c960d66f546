import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../lib/paths.ts";
import type { Tenant } from "../model/tenant.ts";
import { LabBrowser, type Visitor } from "./support/browser.ts";
import { labTenants } from "./support/tenants.ts";
import { totp } from "./support/totp.ts";

/** One picture of a site. */
interface Picture {
  readonly file: string;
  readonly id: string;
  /** Goes where the picture is taken. */
  readonly go: (visitor: Visitor, tenant: Tenant) => Promise<void>;
}

const pictures: readonly Picture[] = [
  {
    file: "citizens-start.png",
    id: "hohenbrueck",
    go: async (visitor, { domain }) => {
      await visitor.visit(`https://${domain}/`);
    },
  },
  {
    file: "citizens-persons.png",
    id: "landkreis-auental",
    go: async (visitor, { domain, allrisnet }) => {
      await visitor.visit(`https://${domain}${allrisnet.citizens.basePath}/kp040`);
    },
  },
  {
    file: "politicians-papers.png",
    id: "amt-seenplatte-nord",
    go: async ({ page }, { domain, allrisnet }) => {
      await page.goto(`https://${domain}${allrisnet.politicians.basePath}/`);
      await page.getByLabel("Kennung").fill("m.sommer");
      await page.getByLabel("Kennwort").fill("Lindenblatt-am-See-7");
      await page.getByLabel("Einmalkode").fill(totp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"));
      await page.getByRole("button", { name: "Anmelden" }).click();
      await page.getByRole("link", { name: "Vorlagen", exact: true }).click();
      await page.getByText("nichtöffentlich").first().waitFor();
    },
  },
];

// Pictures for docs/images, of the sites that `npm run demo` left running:
// ./farm exec -- node tests/screenshots-main.ts
const folder = join(checkout, "docs", "images");
mkdirSync(folder, { recursive: true });
const tenants = await labTenants(checkout);
const browser = await LabBrowser.open();
try {
  for (const { file, id, go } of pictures) {
    const tenant = tenants.find((each) => each.id === id);
    if (tenant === undefined) throw new Error(`no tenant ${id}`);
    const visitor = await browser.visitor();
    await go(visitor, tenant);
    await visitor.page.screenshot({ path: join(folder, file) });
    console.log(join("docs", "images", file));
  }
} finally {
  await browser.close();
}
