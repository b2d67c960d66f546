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

const server = (differs: object, environment: object, stage: "lab" | "production" = "lab") =>
  farmMail({ mail: { ...mail, ...differs }, provider, stage }, { ...environment }).server;
const gate = { FARM_LAB_MAIL: "127.0.0.1:41025" };

test("the lab's mail server is reached by its gate on this machine, and every other where its settings say", () => {
  expect(server({}, gate)).toEqual({ host: "127.0.0.1", port: 41025, security: "none" });
  expect(server({}, {})).toEqual({ host: addresses.mail, port: 25, security: "none" });
  expect(server({ host: "mail.kuestenring.de" }, gate, "production")).toMatchObject({
    host: "mail.kuestenring.de",
    port: 25,
  });
});

test.each(["127.0.0.1", "::1", "localhost", "198.18.0.25", "mail.kuestenring.example", "2001:db8::25"])(
  "a lab writes by %s, which leads to nobody",
  (host) => {
    expect(server({ host }, {})).toMatchObject({ host });
  },
);

test.each(["mail.kuestenring.de", "192.168.0.25", "127.0.0.1.kuestenring.de", "2a00:1450::25"])(
  "a lab does not write by %s; production does",
  (host) => {
    expect(() => server({ host }, gate)).toThrow(/A lab writes to nobody/);
    expect(server({ host }, gate, "production")).toMatchObject({ host });
  },
);
