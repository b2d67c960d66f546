import { describe, expect, it } from "vitest";
import { readArchives } from "../../../model/backup-log.ts";
import type { BackupFacts } from "../../../model/backup-status.ts";
import { chooseBackup } from "../../../model/restore-choice.ts";
import { archivesAt, job, logsOf, repositoryId, vm } from "./backup-fixtures.ts";

const nights = [
  "2026-11-01T23:10:00+01:00",
  "2026-11-02T23:10:00+01:00",
  "2026-11-03T23:10:00+01:00",
] as const;
const failed = { vm: "failure", transfer: "failure", error: { message: "ENOSPC" } } as const;
const facts: BackupFacts = {
  logs: logsOf({ at: nights[0] }, { at: nights[1] }, { at: nights[2], ...failed }),
  archives: archivesAt(...nights),
  jobs: [job],
};
const at = (text: string) => ({ at: new Date(text) });
const timeOf = (night: string) => Date.parse(night) + 2500;

describe("the backup that a restore takes", () => {
  it("is the newest one that a run vouches for, not the newest that lies there", () => {
    expect(chooseBackup("hohenbrueck", vm, facts, {})).toMatchObject({
      archive: { timestamp: timeOf(nights[1]) },
      vouched: true,
    });
  });

  it("holds the data of the instant that was asked for, or older data, never younger", () => {
    const { archive } = chooseBackup("hohenbrueck", vm, facts, at("2026-11-02T18:00:00+01:00"));
    expect(archive.timestamp).toBe(timeOf(nights[0]));
    expect(() => chooseBackup("hohenbrueck", vm, facts, at("2026-11-01T12:00:00+01:00"))).toThrow(
      /no backup of hohenbrueck[\s\S]*of 2026-11-01 12:00 or before is good/,
    );
  });

  it("is any archive that is named, with the word that nobody vouches for it", () => {
    const [, , id = ""] = [...(facts.archives.get(repositoryId) ?? [])].map((archive) => archive.id);
    expect(chooseBackup("hohenbrueck", vm, facts, { archive: id })).toMatchObject({ vouched: false });
    const [first = ""] = [...(facts.archives.get(repositoryId) ?? [])].map((archive) => archive.id);
    expect(chooseBackup("hohenbrueck", vm, facts, { archive: first })).toMatchObject({ vouched: true });
    expect(() => chooseBackup("hohenbrueck", vm, facts, { archive: "nowhere" })).toThrow(
      /no archive nowhere/,
    );
  });

  it("is shown with the way to it when an XO has lost its logs, and a repository that cannot be read is named", () => {
    const lost = { ...facts, logs: [] };
    expect(() => chooseBackup("hohenbrueck", vm, lost, {})).toThrow(/2026-11-03 23:10[\s\S]*--archive <id>/);
    const unread = { ...lost, archives: readArchives({ [repositoryId]: null }) };
    expect(() => chooseBackup("hohenbrueck", vm, unread, {})).toThrow(/XO cannot list repository-1/);
  });
});
