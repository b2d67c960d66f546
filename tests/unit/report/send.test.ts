import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { reportBounced } from "../../../cli/report/bounced.ts";
import { readReportBounces } from "../../../cli/report/bounces.ts";
import { ReportFolder } from "../../../cli/report/report-folder.ts";
import { type SendOptions, sendMonth } from "../../../cli/report/send.ts";
import { type ReportProof, SendBook } from "../../../cli/report/send-book.ts";
import { writeLetter } from "../../../lib/mail/letter.ts";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import type { Month } from "../../../model/berlin-time.ts";
import { reportLetter } from "../../../model/report/report-letter.ts";
import { requireDebianPackages } from "../../../toolchain/debian.ts";
import { MailServer } from "../../support/mail-server.ts";
import { sampleReports } from "../../support/sample-reports.ts";
import { eventually } from "../../support/wait.ts";
import { WindowScene } from "../window/scene.ts";

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];
const month = "2026-10" as Month;
let server: MailServer;
let scene: WindowScene;
let out: string;
let folder: ReportFolder;
let number = 0;
/** A domain of this test's own: its mailboxes are empty. */
let town: string;

beforeAll(async () => {
  await requireDebianPackages([{ package: "chromium", provides: "chromium" }], console.log);
  server = await MailServer.start();
  // A new machine installs Chromium first.
}, 600_000);
afterAll(() => server.stop());
beforeEach(async () => {
  town = `ort-${++number}.example`;
  scene = await WindowScene.make(server);
  for (const id of ids) scene.writeTo(id, `${id}@${town}`);
  out = mkdtempSync(join(tmpdir(), "farm-send-"));
  folder = new ReportFolder(out, month);
});
afterEach(() => {
  scene.remove();
  rmSync(out, { recursive: true, force: true });
});

/** Writes the sample reports down, as `./farm report sla` does. */
function issue(...tenants: readonly string[]): void {
  for (const report of sampleReports()) if (tenants.includes(report.tenant.id)) folder.write(report, "final");
}

const send = (differs: Partial<SendOptions> = {}): Promise<number> =>
  sendMonth({ month, out, yes: true, ...differs }, scene.open, scene.output);

const proofsOf = (id: string): readonly ReportProof[] => new SendBook(folder.path, id).read();

test("each report is sent once, with PDF, CSV and JSON, and its proof holds the letter that arrived", async () => {
  issue(...ids);
  expect(await send()).toBe(0);
  for (const id of ids) {
    const [proof, ...more] = proofsOf(id);
    expect(more).toEqual([]);
    expect(proof).toMatchObject({
      stage: "final",
      number: 0,
      outcome: "sent",
      recipients: [`${id}@${town}`],
    });
    expect(proof?.response).toMatch(/^250 OK id=/);
    const letter = readFileSync(join(folder.path, "sent", proof?.letter ?? ""));
    expect(createHash("sha256").update(letter).digest("hex")).toBe(proof?.messageHash);
    const [mail = ""] = await server.mailbox(`${id}@${town}`, 1);
    expect(mail.endsWith(letter.toString("latin1").replaceAll("\r\n", "\n"))).toBe(true);
    for (const [ending, begin] of [
      ["pdf", "%PDF-"],
      ["csv", "\uFEFFAbschnitt;"],
      ["json", "{\n"],
    ] as const) {
      const part = mail.slice(mail.indexOf(`filename=2026-10-${id}.final.${ending}`));
      const content = Buffer.from(/\n\n([A-Za-z0-9+/=\n]+)/.exec(part)?.[1] ?? "", "base64");
      expect(content.toString("utf8").startsWith(begin), `${id} ${ending}`).toBe(true);
      expect(content.equals(readFileSync(join(folder.path, `${id}.final.${ending}`)))).toBe(true);
    }
  }
  expect(await send()).toBe(0);
  for (const id of ids) expect((await server.mailbox(`${id}@${town}`)).length).toBe(1);
});

test("whose contract covers the month and who has no report has not got one", async () => {
  const later = "2026-12" as Month;
  const sample = sampleReports().find(({ tenant }) => tenant.id === "hohenbrueck");
  if (sample === undefined) throw new Error("no sample");
  new ReportFolder(out, later).write({ ...sample, month: later }, "final");
  expect(await send({ month: later })).toBe(1);
  const steps = { hohenbrueck: "done", "amt-seenplatte-nord": "no report" };
  expect(scene.value).toMatchObject({
    reports: Object.entries(steps).map(([tenant, step]) => ({ tenant, step })),
  });
  expect(scene.text).toContain("./farm report sla --month 2026-12");
  expect(await send({ month: later, tenant: ["hohenbrueck"] })).toBe(0);
});

test("a corrected report is a letter of its own, which names what changed", async () => {
  issue("hohenbrueck");
  await send();
  const report = sampleReports().find(({ tenant }) => tenant.id === "hohenbrueck");
  if (report === undefined) throw new Error("no sample");
  const changes = ["Störung vom 15.10.2026: zählt nicht: höhere Gewalt."];
  folder.write({ ...report, correction: { number: 1, changes } }, "final");
  expect(await send()).toBe(0);
  expect(proofsOf("hohenbrueck").map(({ number: own, outcome }) => [own, outcome])).toEqual([
    [0, "sent"],
    [1, "sent"],
  ]);
  expect(reportLetter({ ...report, correction: { number: 1, changes } }).text).toContain(
    "Dieser Bericht ersetzt den vorherigen. Geändert hat sich:\n  - Störung vom 15.10.2026",
  );
});

test("a letter names all that changed since the last one that arrived, also by corrections that were never sent", async () => {
  issue("hohenbrueck");
  await send();
  const report = sampleReports().find(({ tenant }) => tenant.id === "hohenbrueck");
  if (report === undefined) throw new Error("no sample");
  const [st1, st2] = report.serviceTimes;
  const turned = { ...report, serviceTimes: [{ ...st1, met: false as const }, st2] as const };
  folder.write({ ...turned, correction: { number: 1, changes: ["Servicezeit 1, Ergebnis: …"] } }, "final");
  const evidence = { ...turned.evidence, traffic: null };
  const changes = ["Datenverkehr: geändert."];
  folder.write({ ...turned, evidence, correction: { number: 2, changes } }, "final");
  expect(await send()).toBe(0);
  const [, proof] = proofsOf("hohenbrueck");
  expect(proof?.number).toBe(2);
  const letter = readFileSync(join(folder.path, "sent", proof?.letter ?? ""), "utf8");
  const encoded = /text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(letter)?.[1] ?? "";
  const text = encoded.replaceAll("=\r\n", "").replaceAll("\r\n", "\n");
  const plain = Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");
  expect(plain).toContain("den Sie zuletzt erhalten haben (endgültig), hat sich geändert:");
  expect(plain).toContain("  - Servicezeit 1, Ergebnis: nicht eingehalten statt eingehalten.");
  expect(plain).toContain("  - Datenverkehr: geändert.");
});

test("who is refused has not got it: said, and sent again only when told to", async () => {
  scene.writeTo("hohenbrueck", `refused@${town}`);
  issue("hohenbrueck", "landkreis-auental");
  expect(await send()).toBe(1);
  expect(proofsOf("hohenbrueck")[0]).toMatchObject({
    outcome: "refused",
    refused: [{ recipient: `refused@${town}`, response: expect.stringMatching(/^550 /) }],
  });
  expect(proofsOf("landkreis-auental")[0]?.outcome).toBe("sent");
  expect(scene.text).toContain("--again hohenbrueck sends another");
  scene.writeTo("hohenbrueck", `rat@${town}`);
  expect(await send()).toBe(1);
  expect(proofsOf("hohenbrueck").length).toBe(1);
  expect(await send({ again: ["hohenbrueck"] })).toBe(0);
  expect((await server.mailbox(`rat@${town}`, 1)).length).toBe(1);
});

test("a letter that came back is none that arrived, and another goes out only when told to", async () => {
  const bounce = (id: string) =>
    reportBounced("2026-10", { tenant: id, why: "550 no such user", out }, scene.output);
  issue("hohenbrueck");
  await expect(bounce("hohenbrueck")).rejects.toThrow(
    /No letter with a report of 2026-10 went to hohenbrueck/,
  );
  expect(await send()).toBe(0);
  await bounce("hohenbrueck");
  expect(proofsOf("hohenbrueck")).toMatchObject([{ outcome: "bounced", bounce: "550 no such user" }]);
  expect(await send()).toBe(1);
  expect(scene.text).toMatch(/bounced .*550 no such user/);
  expect(scene.text).toContain("--again hohenbrueck sends another");
  expect(await send({ again: ["hohenbrueck"] })).toBe(0);
  expect(proofsOf("hohenbrueck").map(({ outcome }) => outcome)).toEqual(["bounced", "sent"]);
});

test("a letter that the mail server returns is found by what it says, by a command that reads it from anywhere", async () => {
  scene.writeTo("hohenbrueck", `bounces@${town}`);
  issue("hohenbrueck");
  expect(await send()).toBe(0);
  const messageId = proofsOf("hohenbrueck")[0]?.messageId ?? "?";
  const returned = await eventually("the returned mail", async () => {
    const mails = await server.mailbox("betrieb@kuestenring.example");
    return mails.find((mail) => mail.includes(messageId));
  });
  const why = expect.stringMatching(/^5\.0\.0/);
  const found = {
    ...{ letter: "report", month, tenant: "hohenbrueck", recipient: `bounces@${town}`, why },
  };
  const command = [join(checkout, "cli/main.ts"), "report", "bounces", "-", "-o", out, "--json"];
  const read = (input: string) => tryRun(process.execPath, command, { input });
  expect(JSON.parse((await read(returned)).stdout)).toEqual([found]);
  const before = proofsOf("hohenbrueck");
  expect(before).toMatchObject([
    { outcome: "bounced", bounce: expect.stringContaining(`bounces@${town}: 5.0.0`) },
  ]);
  expect(await send()).toBe(1);

  // A second look finds the same and writes nothing anew; letters of others, and made-up names, are nobody's.
  writeFileSync(join(out, "returned.eml"), returned);
  const others = returned.replaceAll(messageId, `2026-10.../../${messageId}`);
  writeFileSync(
    join(out, "others.eml"),
    others.replaceAll("\nX-", `\nIn-Reply-To: <${month}.gibtsnicht.final-0@x>\nX-`),
  );
  expect(await readReportBounces(join(out, "returned.eml"), out, scene.output)).toEqual([found]);
  expect(await readReportBounces(join(out, "others.eml"), out, scene.output)).toEqual([
    { recipient: `bounces@${town}`, why },
  ]);
  expect(proofsOf("hohenbrueck")).toEqual(before);
  scene.writeTo("hohenbrueck", `rat@${town}`);
  expect(await send({ again: ["hohenbrueck"] })).toBe(0);
});

test("a letter of whose end nobody knows is not sent a second time by itself", async () => {
  issue("hohenbrueck");
  const kept = folder.tryLatest("hohenbrueck", "final");
  if (kept === undefined) throw new Error("no report");
  const letter = await writeLetter({
    ...reportLetter(kept.report),
    from: { name: "Betrieb", address: "betrieb@kuestenring.example" },
    to: [`hohenbrueck@${town}`],
    messageId: `lost@${town}`,
    date: new Date("2026-11-02T08:00:00Z"),
  });
  new SendBook(folder.path, "hohenbrueck").beginReport(letter, kept, new Date("2026-11-02T08:00:00Z"));
  expect(await send()).toBe(1);
  expect(scene.value).toMatchObject({ reports: [{ tenant: "hohenbrueck", step: "unclear" }] });
  expect(await server.mailbox(`hohenbrueck@${town}`)).toEqual([]);
});

test("without a report there is nothing to send, and a server that cannot be used leaves no proof", async () => {
  await expect(send()).rejects.toThrow(/There is no provisional report of 2026-10/);
  issue("hohenbrueck");
  const { host, login, certificateFile } = server;
  const gone = await WindowScene.make({ host, login, certificateFile, port: 9 });
  try {
    const sent = sendMonth({ month, out, yes: true }, gone.open, gone.output);
    await expect(sent).rejects.toThrow(/The mail server cannot be used/);
    expect(proofsOf("hohenbrueck")).toEqual([]);
  } finally {
    gone.remove();
  }
});
