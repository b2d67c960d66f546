import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { editedText } from "../../../cli/tenant/edit.ts";
import { renameDomain } from "../../../cli/tenant/rename-domain.ts";
import { resize } from "../../../cli/tenant/resize.ts";
import { parseAssignment, setFields } from "../../../cli/tenant/set.ts";
import { formatSource } from "../../../loading/formatter.ts";
import { TenantFarm } from "./tenant-farm.ts";

let farm: TenantFarm;
beforeEach(async () => {
  farm = await TenantFarm.make();
});
afterEach(() => farm.remove());

const window = `import { defineWindow } from "../model/window.ts";
export const w = defineWindow({
  id: "2026-12-08",
  start: "2026-12-08T20:00:00+01:00",
  end: "2026-12-08T22:00:00+01:00",
  kind: "maintenance",
  administrations: "all",
  reason: "VMs get more memory",
});
`;
const sommer = { ticket: "4711", by: "Frau Sommer, Ratsbüro" };

describe("./farm tenant set", () => {
  test("writes the parameter and who had it changed, says what follows, and drafts the answer", async () => {
    const before = farm.text("hohenbrueck");
    const { edited, answer } = await setFields(
      farm,
      "hohenbrueck",
      ["citizens.modules.minutes=false"],
      sommer,
    );
    expect(edited).toMatchObject({
      written: true,
      fields: [{ field: "citizens.modules.minutes", after: false }],
      effects: [
        { window: false, text: expect.stringMatching(/1 parameter is rolled out.*no request is lost/) },
      ],
    });
    const text = farm.text("hohenbrueck");
    expect(text).toContain("citizens: {\n      modules: { minutes: false },\n      oparl:");
    expect(text).toContain(
      'changes: [\n    { on: "2026-11-26", ticket: "4711", by: "Frau Sommer, Ratsbüro", what: "citizens.modules.minutes" },\n  ],',
    );
    expect(formatSource(text, "x")).toBe(text);
    const added = text.split("\n").filter((line) => !before.includes(line));
    expect(added.every((line) => /minutes|changes: |ticket|^ {2}\],$/.test(line))).toBe(true);
    expect(answer).toMatchInlineSnapshot(`
      "Betreff: ratsinfo.hohenbrueck.example, Vorgang 4711 (Vertrag R-2026-014)

      Sehr geehrte Damen und Herren,

      entsprechend Ihrer Vorgabe (Frau Sommer, Ratsbüro, Vorgang 4711) ändern wir für „Stadt Hohenbrück“:

          Bürgerinfo, Niederschriften (citizens.modules.minutes): ein → aus

      Die Änderung wird nach der Freigabe im laufenden Betrieb wirksam; eine Unterbrechung ist nicht vorgesehen.
      Bitte prüfen Sie das Ergebnis und melden Sie sich, wenn etwas nicht Ihren Erwartungen entspricht.

      Mit freundlichen Grüßen
      Rechenzentrum Küstenring
      Hafenallee 12, 18099 Küstenring
      betrieb@kuestenring.example
      "
    `);
    const [tenant] = (await farm.load()).tenants.filter(({ id }) => id === "hohenbrueck");
    expect(tenant?.changes).toEqual([{ on: "2026-11-26", ...sommer, what: "citizens.modules.minutes" }]);
  });

  test("a second instruction stands behind the first; one that is fulfilled already changes nothing", async () => {
    await setFields(farm, "hohenbrueck", ["citizens.modules.minutes=false"], sommer);
    await setFields(farm, "hohenbrueck", ["contact.phone=+49381990100"], {
      ticket: "4712",
      by: "Herr Winter",
    });
    const text = farm.text("hohenbrueck");
    const { edited, answer } = await setFields(
      farm,
      "hohenbrueck",
      ["citizens.modules.minutes=false"],
      sommer,
    );
    expect([edited.fields, edited.written, answer]).toEqual([[], false, undefined]);
    expect(editedText(edited, "lab")).toMatch(/says that already/);
    expect(farm.text("hohenbrueck")).toBe(text);
    const [tenant] = (await farm.load()).tenants.filter(({ id }) => id === "hohenbrueck");
    expect(tenant?.changes.map(({ ticket, what }) => `${ticket} ${what}`)).toEqual([
      "4711 citizens.modules.minutes",
      "4712 contact.phone",
    ]);
  });

  test("with --dry-run writes nothing", async () => {
    const before = farm.text("hohenbrueck");
    const { edited } = await setFields(farm, "hohenbrueck", ["allrisnet.ring=late"], {
      ...sommer,
      dryRun: true,
    });
    expect(edited.fields).toEqual([{ field: "ring", before: "pilot", after: "late" }]);
    expect(farm.text("hohenbrueck")).toBe(before);
  });

  test("what the whole file does not bear is refused with every problem, and nothing is written", async () => {
    const before = farm.text("hohenbrueck");
    await expect(
      setFields(farm, "hohenbrueck", ['citizens.persons={"show":["name","email"]}'], sommer),
    ).rejects.toThrow(/tenants\/hohenbrueck\.ts: allrisnet\.citizens\.persons.*consent/);
    await expect(setFields(farm, "hohenbrück", ["ring=late"], sommer)).rejects.toThrow(
      /did you mean hohenbrueck/,
    );
    expect(farm.text("hohenbrueck")).toBe(before);
  });

  test.each([
    ["citizens.modules.minuets=false", /has no "minuets"[\s\S]*did you mean "minutes"/],
    ["citizens.modules.minutes=nein", /citizens\.modules\.minutes must be true or false, not text/],
    ["citizens.publish.agendaDaysBefore=99", /must be at most 30/],
    ["politicians.auth.lockoutAttempts", /has no field=value/],
    ["domain=x.example", /rename-domain/],
    ["pool=sued", /move-pool/],
    ["size=large", /resize/],
    ["size.cpus=4", /resize/],
    ["lifecycle.state=active", /terminate/],
    ["changes=[]", /kept by the commands/],
  ])("%s is refused with the way out", (text, message) => {
    expect(() => parseAssignment(text)).toThrow(message);
  });

  test.each([
    ["citizens.modules.minutes=false", ["allrisnet", "citizens", "modules", "minutes"], false],
    ["contract.number=4711", ["contract", "number"], "4711"],
    ["citizens.publish.agendaDaysBefore=14", ["allrisnet", "citizens", "publish", "agendaDaysBefore"], 14],
    ["languages=de,en", ["languages"], ["de", "en"]],
    ['citizens.persons.show=["name"]', ["allrisnet", "citizens", "persons", "show"], ["name"]],
    ["citizens.modules.minutes=", ["allrisnet", "citizens", "modules", "minutes"], undefined],
    ['certificate={"issuer":"acme"}', ["certificate"], { issuer: "acme" }],
    ["bodies.0.name=Stadt Mühlenwerder", ["bodies", 0, "name"], "Stadt Mühlenwerder"],
  ])("%s", (text, path, value) => {
    expect(parseAssignment(text)).toEqual({ path, value });
  });
});

describe("./farm tenant resize", () => {
  test("needs a window, and names the next one", async () => {
    farm.write("maintenance/2026-12-08.ts", window);
    const edited = await resize(farm, "hohenbrueck", { size: "medium", ...sommer });
    expect(farm.text("hohenbrueck")).toContain('address: "198.18.10.11",\n  size: "medium",\n');
    expect(edited.effects).toEqual([
      {
        window: true,
        text: expect.stringMatching(
          /stopped for memory 2 GiB → 4 GiB, disk 20 GiB → 40 GiB: held until window 2026-12-08/,
        ),
      },
    ]);
    expect(edited.after.changes).toMatchObject([{ what: "size", ticket: "4711" }]);
    expect(editedText(edited, "prod")).toMatch(/NEEDS A WINDOW[\s\S]*\.\/farm preview -s prod/);
  });

  test("takes figures of its own, and says that no window is announced", async () => {
    const edited = await resize(farm, "landkreis-auental", { cpus: "4" });
    expect(farm.text("landkreis-auental")).toContain('size: { cpus: 4, memory: "4 GiB", disk: "40 GiB" },');
    expect(edited.effects[0]?.text).toMatch(/cpus 2 → 4: no window is announced; in an emergency/);
    expect(edited.after.changes).toEqual([]);
  });

  test("never shrinks a disk, and knows its sizes", async () => {
    const before = farm.text("landkreis-auental");
    await expect(resize(farm, "landkreis-auental", { size: "small" })).rejects.toThrow(
      /cannot shrink from 40 GiB to 20 GiB[\s\S]*landkreis-auental\.ts: size\.disk[\s\S]*--disk "40 GiB"/,
    );
    await expect(resize(farm, "landkreis-auental", { size: "huge" })).rejects.toThrow(
      /small \(2 CPUs, 2 GiB/,
    );
    await expect(resize(farm, "landkreis-auental", { memory: "4 GB" })).rejects.toThrow(/write "4 GiB"/);
    await expect(resize(farm, "landkreis-auental", {})).rejects.toThrow(/No size is asked for/);
    await expect(resize(farm, "landkreis-auental", { cpus: "4", ticket: "1" })).rejects.toThrow(
      /--by as well/,
    );
    expect(farm.text("landkreis-auental")).toBe(before);
  });
});

describe("./farm tenant rename-domain", () => {
  test("the old domain becomes an alias, in our zone and in theirs", async () => {
    const edited = await renameDomain(farm, "hohenbrueck", "rat.hohenbrueck.example", { alias: true });
    expect(farm.text("hohenbrueck")).toContain(
      'domain: "rat.hohenbrueck.example",\n  aliases: ["ratsinfo.hohenbrueck.example"],\n  dns: { mode: "ours",',
    );
    expect(edited.effects.map(({ window }) => window)).toEqual([false, false, false]);
    expect(edited.effects.map(({ text }) => text).join(" ")).toMatch(
      /ratsinfo\.hohenbrueck\.example redirects there.*records in our zone.*certificate for rat\.hohenbrueck/,
    );
    const theirs = await renameDomain(farm, "landkreis-auental", "kreistag.landkreis-auental.example", {
      alias: true,
    });
    expect(theirs.after.aliases).toEqual([
      "ratsinfo.landkreis-auental.example",
      "kreistagsinfo.landkreis-auental.example",
    ]);
    expect(theirs.effects.map(({ text }) => text).join(" ")).toMatch(
      /tenant dns landkreis-auental.*delivered/,
    );
  });

  test("may let the old one go, and may change who keeps the records", async () => {
    const edited = await renameDomain(farm, "hohenbrueck", "rat.hohenbrueck-stadt.example", { alias: false });
    expect(edited.after.dns).toEqual({ mode: "theirs" });
    expect(edited.after.aliases).toEqual([]);
    expect(farm.text("hohenbrueck")).not.toContain("aliases");
  });

  test("refuses what cannot be", async () => {
    const before = farm.text("hohenbrueck");
    const rename = (domain: string) => renameDomain(farm, "hohenbrueck", domain, { alias: true });
    await expect(rename("Rat.hohenbrueck.example")).rejects.toThrow(/lower case[\s\S]*rat\.hohenbrueck/);
    await expect(rename("ratsinfo.landkreis-auental.example")).rejects.toThrow(/also claimed by/);
    await expect(rename("rat.amt-seenplatte-nord.example")).rejects.toThrow(
      /cannot redirect[\s\S]*--no-alias/,
    );
    expect(farm.text("hohenbrueck")).toBe(before);
  });
});
