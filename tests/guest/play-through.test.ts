import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { type SiteAnswer, visit } from "../../lab/probe.ts";
import {
  bringNewcomer,
  newcomer,
  normalise,
  openWindowText,
  review,
  windowText,
} from "../support/play/acts.ts";
import { Office } from "../support/play/office.ts";
import { secondPool } from "../support/second-pool.ts";
import { farmVms, vmOf, withXo } from "../support/services.ts";

let office: Office;

beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office?.close());

/** Visits a site until it answers as wanted. */
async function answerOf(domain: string, wanted: number, patience = 60_000): Promise<SiteAnswer> {
  const lab = readLab();
  const until = Date.now() + patience;
  for (;;) {
    const answer = await visit(lab, domain).catch((error: unknown) => error as Error);
    if (!(answer instanceof Error) && answer.status === wanted) return answer;
    if (Date.now() > until)
      throw new Error(`${domain}: ${answer instanceof Error ? answer.message : answer.status}`);
    await sleep(200);
  }
}

it("a new administration: file, branch, comment, merge, and its site answers", async () => {
  await bringNewcomer(office);
  const { digest, at, comment } = await review(office);
  await expect(normalise(comment)).toMatchFileSnapshot("golden/new-administration.md");
  await office.merge();
  const merged = Date.now();
  const applied = office.tryFarm("up", "-s", "lab", "--digest", digest, "--at", at);
  const answer = await answerOf(newcomer.domain, 200, 120_000);
  const seconds = (Date.now() - merged) / 1000;
  // How long it may take is tested where nothing runs beside it (new-site.test.ts).
  console.log(`[play] HTTPS 200 after ${seconds.toFixed(1)} s from the merge`);
  expect(answer.body).toContain(`<meta name="farm-site" content="${newcomer.id}">`);
  expect(answer.issuer).toMatch(/^Pebble/);
  const { code, stdout, stderr } = await applied;
  expect(code, stdout + stderr).toBe(0);
});

it("what was reviewed once is not applied twice", async () => {
  const { digest, at } = await review(office);
  await office.branch("andere-farbe");
  const colour = ["tenant", "set", newcomer.id, "branding.primaryColor=#1e6b3c"];
  await office.farm(...colour, "--ticket", "4711", "--by", "Frau Sommer");
  const refused = await office.tryFarm("up", "-s", "lab", "--digest", digest, "--at", at);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("The plan is not the one that was reviewed; nothing has been changed");
  await office.push("Andere Farbe");
  await office.merge();
});

it("more memory waits for its window, and comes in it", async () => {
  await office.branch("mehr-speicher");
  await office.farm("tenant", "resize", newcomer.id, "--size", "medium");
  const { comment } = await review(office);
  expect(comment).toContain("held");
  const before = await vmOf(newcomer.id);
  const window = windowText(newcomer.id, new Date(), "Mehr Speicher");
  office.write(`maintenance/${window.id}.ts`, window.text);
  await office.push("Mehr Speicher, und wann");
  await office.merge();
  const held = await review(office);
  await office.farm("up", "-s", "lab", "--digest", held.digest, "--at", held.at);
  expect((await vmOf(newcomer.id))["memory"]).toEqual(before["memory"]);

  const { digest, at, comment: inWindow } = await review(office, "--at", window.within);
  expect(inWindow).toContain("| machine stopped | 5 min | open: ");
  await office.farm("up", "-s", "lab", "--digest", digest, "--at", at);
  const memory = (await vmOf(newcomer.id))["memory"] as { dynamic: number[] };
  expect(memory.dynamic[1]).toBe(4 * 2 ** 30);
  await answerOf(newcomer.domain, 200);
});

it("another domain: the site answers there, and the old name leads to it", async () => {
  await office.branch("neuer-name");
  await office.farm("tenant", "rename-domain", newcomer.id, newcomer.renamed);
  await office.push("Neuer Name");
  await office.merge();
  const { digest, at } = await review(office);
  await office.farm("up", "-s", "lab", "--digest", digest, "--at", at);
  await answerOf(newcomer.renamed, 200);
  const old = await answerOf(newcomer.domain, 308);
  expect(old.location).toBe(`https://${newcomer.renamed}/`);
});

it("another pool: the machine moves in its window with its name, and nothing is left to do", async () => {
  await office.farm("lab", "add-pool");
  await office.branch("zweiter-pool");
  const settings = readFileSync(join(office.desk, "Pulumi.lab.yaml"), "utf8");
  office.write("Pulumi.lab.yaml", settings.replace(/^ {4}backup:$/m, `${secondPool(settings)}    backup:`));
  await office.push("Ein zweiter Pool");
  await office.merge();
  const { digest, at } = await review(office);
  await office.farm("up", "-s", "lab", "--digest", digest, "--at", at);

  await office.branch("umzug");
  const window = openWindowText(newcomer.id, new Date(), "Umzug in den Pool süd");
  office.write(`maintenance/${window.id}.ts`, window.text);
  const { id: before } = await vmOf(newcomer.id);
  const move = ["tenant", "move-pool", newcomer.id, "sued", "--address", newcomer.moved, "--yes"];
  const moved = await office.farmJson<{ vm: string; seconds: number }>(...move);
  console.log(`[play] moved in ${moved.seconds} s`);
  expect(moved).toMatchObject({ vm: before, pool: "sued", address: newcomer.moved });
  const vm = await vmOf(newcomer.id);
  const [pool] = await withXo((xo) => xo.objects({ type: "pool", id: String(vm["$pool"]) }));
  expect([vm.id, pool?.["name_label"]]).toEqual([before, "süd"]);
  const answer = await answerOf(newcomer.renamed, 200);
  expect(answer.body).toContain(`<meta name="farm-site" content="${newcomer.id}">`);
  await office.push("Umzug");
  await office.merge();
  expect((await review(office)).comment).toContain("0 of 4 administrations change");
});

it("the end: ordered, closed and handed over, withdrawn, deleted, and reported", async () => {
  const terminate = ["tenant", "terminate", newcomer.id, "--yes"];
  const apply = async (message: string): Promise<void> => {
    await office.push(message);
    await office.merge();
    const { digest, at } = await review(office);
    await office.farm("up", "-s", "lab", "--digest", digest, "--at", at);
  };
  await office.branch("ende");
  const papers = ["--ordered-by", "Frau Sommer, Schreiben vom 02.11.2026", "--since", "2026-11-02"];
  await office.farm(...terminate, ...papers, "--delete-after", "2026-11-20");
  await apply("Vertragsende");
  await office.branch("geschlossen");
  const closed = await office.farmJson<{ did: string; export: string }>(...terminate);
  expect(closed.did).toBe("closed");
  expect(readFileSync(join(closed.export, "SHA256SUMS"), "utf8")).toContain("datenbank.tar");
  await apply("Geschlossen");
  await office.branch("geloescht");
  const deleted = await office.farmJson<{ did: string; report: { page: string } }>(
    ...terminate,
    ...["--delete", "--by", "Erika Muster"],
  );
  expect(deleted.did).toBe("deleted");
  expect(readFileSync(deleted.report.page, "utf8")).toContain("Löschprotokoll");
  const left = await farmVms();
  expect(left.filter(({ tags }) => (tags as string[]).includes(`tenant=${newcomer.id}`))).toEqual([]);
});
