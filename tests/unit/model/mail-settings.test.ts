import { expect, test } from "vitest";
import { parseFarm } from "../../../model/farm.ts";
import { environment, linesOf, now, problemsOf, settingsWith, tenant } from "./fixtures.ts";

const mail = { host: "mail.kuestenring.example", from: "betrieb@kuestenring.example" };

function parsed(given: object) {
  const tenants = [{ file: "tenants/hohenbrueck.ts", value: tenant() }];
  return parseFarm({ settings: settingsWith(["mail"], given), tenants, environment, now }).settings.mail;
}

test("mail goes by STARTTLS, and nobody signs in, if nothing else is written", () => {
  expect(parsed(mail)).toEqual({ ...mail, port: 587, security: "starttls" });
  expect(parsed({ ...mail, security: "tls" })).toMatchObject({ port: 465 });
  expect(parsed({ ...mail, security: "tls", port: 2465 })).toMatchObject({ port: 2465 });
});

test.each([
  [{ user: "farm" }, "mail.passwordVariable: is missing; it goes with mail.user"],
  [{ passwordVariable: "FARM_MAIL_PASSWORD" }, "mail.user: is missing; it goes with mail.passwordVariable"],
  [
    { user: "farm", passwordVariable: "geheim" },
    'mail.passwordVariable: must name an environment variable in capitals, such as "FARM_XAPI_PASSWORD"',
  ],
  [
    { user: "farm", passwordVariable: "FARM_MAIL_PASSWORD", security: "none" },
    "mail.security: must not be none with mail.user: the password would travel in the clear",
  ],
  [{ password: "geheim" }, "mail.password: is not known here"],
  [{ from: "betrieb" }, 'mail.from: must be a mail address such as "ratsinfo@town.de"'],
])("%j", (differs, line) => {
  const problems = problemsOf([tenant()], settingsWith(["mail"], { ...mail, ...differs }));
  expect(linesOf(problems, "Pulumi.lab.yaml").map((text) => text.replace(/ \(did you.*/, ""))).toContain(
    line,
  );
});
