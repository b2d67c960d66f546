import { expect, test } from "vitest";
import { loadSettings } from "../../../loading/settings.ts";
import { resolveEnvironment } from "../../../model/environment.ts";
import { parseFarm } from "../../../model/farm.ts";
import { type Plain, toPlain } from "../../../model/plain.ts";
import { environment, linesOf, now, problemsOf, settings, tenant } from "./fixtures.ts";

// What stands below `ifEnv` of the settings.

const tenants = [{ file: "tenants/hohenbrueck.ts", value: tenant() }];

test("its fields count while their variable is set, and what the settings have anyway goes first", () => {
  const given = {
    ...settings(),
    ifEnv: {
      FARM_JUMP: { mail: { host: { env: "LAB_MAIL" }, from: "a@b.example" } },
      NOT_SET: { measurement: "unread" },
    },
  };
  const read = (more: object, of: object = given) =>
    parseFarm({ settings: of, tenants, environment: { ...environment, ...more }, now }).settings;
  expect(read({ LAB_MAIL: " 127.0.0.1\n" })).toMatchObject({ mail: { host: "127.0.0.1", port: 587 } });
  expect(read({ LAB_MAIL: "127.0.0.1" }).measurement).toBeUndefined();
  expect(read({ LAB_MAIL: "127.0.0.1", FARM_JUMP: environment["FARM_JUMP"] })).not.toHaveProperty("ifEnv");
  const own = { ...given, mail: { host: "mail.kuestenring.de", from: "a@b.example" } };
  expect(read({}, own).mail).toMatchObject({ host: "mail.kuestenring.de" });
});

test("an empty variable is none", () => {
  const value = { ifEnv: { LAB: { mail: "there" } } };
  const read = (lab?: string): Plain => resolveEnvironment(value, { LAB: lab }).value;
  expect(read("1")).toEqual({ mail: "there" });
  for (const lab of [undefined, "", " \n"]) expect(read(lab)).toEqual({});
});

test("what is wrong there is a problem of the field that it would be", () => {
  const given = (ifEnv: unknown) =>
    linesOf(problemsOf([tenant()], { ...settings(), ifEnv }), "Pulumi.lab.yaml");
  expect(given({ FARM_JUMP: { mail: { host: { env: "LAB_MAIL" }, from: "a@b.example" } } })).toEqual([
    "mail.host: comes from the environment variable LAB_MAIL, which is not set",
  ]);
  expect(given({ FARM_JUMP: { mial: {} } })).toEqual(['mial: is not known here (did you mean "mail"?)']);
  expect(given({ "farm-jump": {}, FARM_JUMP: "mail" })).toEqual([
    "ifEnv.FARM_JUMP: must be an object of settings",
    "ifEnv.farm-jump: must be the name of an environment variable",
  ]);
  expect(given(["FARM_JUMP"])).toEqual(["ifEnv: is not known here"]);
});

test("the stack lab measures, watches and writes in a lab that was started for it, and in no other", async () => {
  const { value } = await loadSettings("lab");
  const read = (more: object) =>
    resolveEnvironment(toPlain(value).value, { ...environment, ...more }).value as Record<string, unknown>;
  const parts = ["mail", "monitoring", "measurement"];
  expect(Object.keys(read({})).filter((key) => parts.includes(key))).toEqual([]);
  const all = read({
    FARM_LAB_MAIL: "127.0.0.1:4000",
    FARM_LAB_MONITORING: "yes",
    FARM_EDGE_1_HOST_KEY: "a",
  });
  expect(parts.filter((part) => part in all)).toEqual(parts);
});
