import { expect, test } from "vitest";
import { measurementCheck } from "../../../cli/doctor/measurement.ts";
import { parse, settings, settingsWith, tenant } from "../model/fixtures.ts";
import { measurement } from "../model/measurement/samples.ts";
import { watchedSettings } from "../model/monitoring/fixtures.ts";

const found = (given: object, stage: "lab" | "production") => {
  const farm = parse([tenant()], given);
  return measurementCheck.run({
    farm: () => Promise.resolve({ ...farm, settings: { ...farm.settings, stage } }),
  });
};

test("a monitoring of production says what it does not see, and that nobody watches it", async () => {
  const ids = async (differs: object, stage: "lab" | "production" = "production") =>
    (await found(watchedSettings(differs), stage)).map(({ id }) => id).slice(1);
  expect(await ids({})).toEqual(["monitoring.storage", "monitoring.heartbeat"]);
  expect(await ids({}, "lab")).toEqual([]);
  const whole = {
    storage: { pollers: ["https://harvest.kuestenring.de:12990"] },
    heartbeat: { url: "https://takt.kuestenring.de/farm" },
  };
  expect(await ids(whole)).toEqual([]);
});

test("production that nobody measures wants attention; a lab does not, and neither does a farm with probers", async () => {
  await expect(found(settings(), "production")).resolves.toMatchObject([
    { id: "measurement.missing", severity: "attention", next: expect.stringContaining("measurement") },
  ]);
  const measured = settingsWith(["measurement"], measurement());
  for (const fine of [found(settings(), "lab"), found(measured, "production")]) {
    await expect(fine).resolves.toMatchObject([{ id: "measurement.probers", severity: "fine" }]);
  }
});
