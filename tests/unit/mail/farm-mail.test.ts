import { expect, test } from "vitest";
import { farmMail } from "../../../cli/mail.ts";
import { addresses } from "../../../lab/network/names.ts";
import type { MailSettings } from "../../../model/mail-settings.ts";

const provider = { name: "Rechenzentrum", address: "Hafenallee 12", email: "betrieb@kuestenring.example" };
const mail: MailSettings = {
  host: addresses.mail,
  port: 25,
  security: "none",
  from: "farm@kuestenring.example",
};

test("the lab's mail server is reached by its gate on this machine, and every other where its settings say", () => {
  const gate = { FARM_LAB_MAIL: "127.0.0.1:41025" };
  const server = (differs: object, environment: object) =>
    farmMail({ mail: { ...mail, ...differs }, provider }, { ...environment }).server;
  expect(server({}, gate)).toEqual({ host: "127.0.0.1", port: 41025, security: "none" });
  expect(server({}, {})).toEqual({ host: addresses.mail, port: 25, security: "none" });
  expect(server({ host: "mail.kuestenring.de" }, gate)).toMatchObject({
    host: "mail.kuestenring.de",
    port: 25,
  });
});
