import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { reportBounced } from "../../../cli/report/bounced.ts";
import { readReportBounces } from "../../../cli/report/bounces.ts";
import { type CountMonth, type TrafficOptions, tellUsedTraffic } from "../../../cli/report/traffic.ts";
import { TrafficLetters, type TrafficProof } from "../../../cli/report/traffic-letters.ts";
import { TrafficBook } from "../../../cli/traffic-book.ts";
import { countTraffic } from "../../../cli/traffic-count.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { trafficMonth } from "../../../model/traffic.ts";
import { daysBetween } from "../../../model/traffic-calendar.ts";
import { type MachineDay, machineDaySchema } from "../../../model/traffic-day.ts";
import { MailServer } from "../../support/mail-server.ts";
import { eventually } from "../../support/wait.ts";
import { WindowScene } from "../window/scene.ts";

const december = "2026-12" as Month;
const noon = (day: string): Date => new Date(`${day}T12:00:00+01:00`);
let server: MailServer;
let scene: WindowScene;
let out: string;
let number = 0;
/** A domain of this test's own: its mailboxes are empty. */
let town: string;

beforeAll(async () => {
  server = await MailServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  town = `verkehr-${++number}.example`;
  scene = await WindowScene.make(server);
  scene.writeTo("hohenbrueck", `rat@${town}`, `it@${town}`);
  out = mkdtempSync(join(tmpdir(), "farm-used-"));
});
afterEach(() => {
  scene.remove();
  rmSync(out, { recursive: true, force: true });
});

const none = [0, 0, 0];

/** A mail in quoted-printable with its lines as they were written. */
const unwrapped = (mail: string): string => mail.replaceAll("=\n", "");

/** A day as a machine sums it up: most of it by a robot. */
function day(date: PlainDate, megabytes: number) {
  const nobody = { people: none, robots: none, clients: none, other: none };
  const sent = megabytes * 1_000_000;
  const counts = {
    citizens: { ...nobody, people: [10, sent / 4, 0], robots: [900, (sent * 3) / 4, 0] },
    ...{ politicians: nobody, other: nobody },
  };
  return { day: date, complete: true, counts, leftOut: none, paths: {} };
}

/** Everybody's machine has counted these days. @param used megabytes a day of those who are named */
function counted(used: Readonly<Record<string, number>>): CountMonth {
  return async (tenants, month, now) => {
    const { settings } = await scene.open.load();
    const days = daysBetween("2026-11-28" as PlainDate, now.toISOString().slice(0, 10) as PlainDate);
    return tenants.map(({ id, name, contract }) => {
      const machine = days.map((each): MachineDay => machineDaySchema.parse(day(each, used[id] ?? 10)));
      const traffic = trafficMonth({ month, settings: settings.traffic, contract, now, machine });
      return { tenant: id, name, countedAt: "machine", traffic, failures: [] };
    });
  };
}

const tell = (count: CountMonth, now: Date, differs: Partial<TrafficOptions> = {}): Promise<number> =>
  tellUsedTraffic({ out, yes: true, ...differs }, scene.open, scene.output, count, now);

const proofsOf = (id: string, month = december): readonly TrafficProof[] =>
  new TrafficLetters(out, month, id).read();

test("who has used what is included is written to once a month, and nobody else; the proof holds the letter", async () => {
  const count = counted({ hohenbrueck: 500 });
  expect(await tell(count, noon("2026-12-19"))).toBe(0);
  expect(scene.text).toBe("Nobody has used what is included.");
  expect(await tell(count, noon("2026-12-20"))).toBe(0);
  expect(scene.value).toMatchObject({ used: [{ tenant: "hohenbrueck", month: december, step: "done" }] });
  const [proof, ...more] = proofsOf("hohenbrueck");
  expect(more).toEqual([]);
  expect(proof).toMatchObject({
    ...{ outcome: "sent", recipients: [`rat@${town}`, `it@${town}`] },
    ...{ bytes: 10_000_000_000, includedBytes: 10_000_000_000 },
  });
  const letter = readFileSync(join(out, "traffic/2026-12", proof?.letter ?? ""));
  expect(createHash("sha256").update(letter).digest("hex")).toBe(proof?.messageHash);
  const [mail = ""] = await server.mailbox(`it@${town}`, 1);
  expect(mail.endsWith(letter.toString("latin1").replaceAll("\r\n", "\n"))).toBe(true);

  // Days later, with more used: told already. The next month begins anew.
  expect(await tell(count, noon("2026-12-28"))).toBe(0);
  expect(await tell(count, noon("2027-01-22"))).toBe(0);
  expect(proofsOf("hohenbrueck")).toEqual([proof]);
  expect(proofsOf("hohenbrueck", "2027-01" as Month)).toMatchObject([{ outcome: "sent" }]);
  expect((await server.mailbox(`rat@${town}`, 2)).length).toBe(2);
});

test("the letter is German: how much until when, of whom, and that nothing is throttled", async () => {
  expect(await tell(counted({ hohenbrueck: 512.5 }), noon("2026-12-20"), { dryRun: true })).toBe(0);
  expect(proofsOf("hohenbrueck")).toEqual([]);
  const { letters } = scene.value as { letters: { subject: string; text: string }[] };
  expect(letters[0]?.subject).toBe(
    "Datenverkehr Dezember 2026: Inklusivvolumen aufgebraucht: ratsinfo.hohenbrueck.example",
  );
  expect(letters[0]?.text).toMatchInlineSnapshot(`
    "Sehr geehrte Damen und Herren,

    im Dezember 2026 ist das Inklusivvolumen von https://ratsinfo.hohenbrueck.example (Stadt Hohenbrück), Vertrag R-2026-014, aufgebraucht: Bis 20.12.2026, 12:00:00 Uhr wurden 10,25 GB von 10,00 GB gezählt (102,5 %); gesendete Bytes, gezählt am Webserver.

    Datenverkehr nach Bereichen:
      Bürgerinfo: 10,25 GB
      Ratsinfo: 0,00 GB
      Übriges (Weiterleitungen, Fehlerseiten): 0,00 GB

    Datenverkehr nach Herkunft:
      Menschen mit Browser: 2,56 GB
      Suchmaschinen und andere Robots: 7,69 GB
      OParl- und Kalenderprogramme: 0,00 GB
      Übrige: 0,00 GB

    Geht es so weiter, sind es am Monatsende etwa 15,89 GB.

    Ihre Seiten bleiben uneingeschränkt erreichbar: Gedrosselt oder gesperrt wird nichts. Der Bericht zum Monat enthält den Datenverkehr nach Tagen.

    Fragen richten Sie bitte als Antwort auf diese E-Mail an uns.

    Mit freundlichen Grüßen

    Rechenzentrum Küstenring
    Hafenallee 12, 18099 Küstenring
    betrieb@kuestenring.example
    "
  `);
});

test("traffic of a month's last day is told on the first of the next one", async () => {
  const count = counted({ hohenbrueck: 322.6 });
  expect(await tell(count, noon("2027-01-01"))).toBe(0);
  expect(proofsOf("hohenbrueck")).toMatchObject([{ outcome: "sent" }]);
  const [mail = ""] = await server.mailbox(`rat@${town}`, 1);
  expect(unwrapped(mail)).toContain("Bis 01.01.2027, 00:00:00 Uhr");
  expect(proofsOf("hohenbrueck", "2027-01" as Month)).toEqual([]);
});

test("a machine that does not answer is told, and what is known of it keeps no letter back", async () => {
  const book = new TrafficBook("lab", "hohenbrueck", join(out, "sums"));
  book.addMachine([day("2026-12-02" as PlainDate, 12_000)]);
  book.save();
  const count: CountMonth = async (tenants, month, now) =>
    countTraffic(tenants, {
      ...{
        stack: "lab",
        settings: (await scene.open.load()).settings,
        month,
        now,
        folder: join(out, "sums"),
      },
      ...{ hostKeys: new Map(), agentSocket: undefined, cloudflareToken: undefined },
    });
  expect(await tell(count, noon("2026-12-10"), { tenant: ["hohenbrueck"] })).toBe(1);
  expect(scene.text).toContain("✗ hohenbrueck: the stack has no machine of it yet");
  expect(proofsOf("hohenbrueck")).toMatchObject([{ outcome: "sent", bytes: 12_000_000_000 }]);
  const [mail = ""] = await server.mailbox(`rat@${town}`, 1);
  expect(unwrapped(mail)).toContain("An 8 Tagen ganz oder zum Teil nicht gemessen");
});

test("a letter that comes back is written down, and another goes out only when somebody says so", async () => {
  const count = counted({ hohenbrueck: 600 });
  const now = noon("2026-12-20");
  scene.writeTo("hohenbrueck", `bounces@${town}`);
  expect(await tell(count, now)).toBe(0);
  const messageId = proofsOf("hohenbrueck")[0]?.messageId ?? "?";
  const returned = await eventually("the returned mail", async () => {
    const mails = await server.mailbox("betrieb@kuestenring.example");
    return mails.find((mail) => mail.includes(messageId));
  });
  writeFileSync(join(out, "returned.eml"), returned);
  expect(await readReportBounces(join(out, "returned.eml"), out, scene.output)).toMatchObject([
    { letter: "traffic", month: december, tenant: "hohenbrueck", recipient: `bounces@${town}` },
  ]);
  expect(await tell(count, now)).toBe(1);
  expect(scene.text).toContain("--again hohenbrueck sends another");
  await expect(tell(count, now, { again: ["hohenbruck"] })).rejects.toThrow(/hohenbrueck/);
  scene.writeTo("hohenbrueck", `rat@${town}`);
  expect(await tell(count, now, { again: ["hohenbrueck"] })).toBe(0);
  expect(proofsOf("hohenbrueck").map(({ outcome }) => outcome)).toEqual(["bounced", "sent"]);

  const said = { tenant: "hohenbrueck", why: "550 no such user", out, traffic: true } as const;
  await reportBounced("2026-12", said, scene.output);
  expect(proofsOf("hohenbrueck").at(-1)).toMatchObject({ outcome: "bounced", bounce: "550 no such user" });
  await expect(reportBounced("2026-11", said, scene.output)).rejects.toThrow(
    /No letter about traffic of 2026-11 went to hohenbrueck/,
  );
});

test("a lab writes to nobody outside, whatever its files say", async () => {
  const { login, certificateFile, port } = server;
  const outside = await WindowScene.make({ host: "mail.kuestenring.de", port, login, certificateFile });
  try {
    const told = tellUsedTraffic(
      { out, yes: true },
      outside.open,
      outside.output,
      counted({ hohenbrueck: 600 }),
      noon("2026-12-20"),
    );
    await expect(told).rejects.toThrow(/A lab writes to nobody/);
    expect(proofsOf("hohenbrueck")).toEqual([]);
  } finally {
    outside.remove();
  }
});
