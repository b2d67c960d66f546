import { isIP } from "node:net";
import { z } from "zod";
import { variableName } from "./environment.ts";
import type { For } from "./fields.ts";
import { parseHostName } from "./host-name.ts";
import type { MailSettings } from "./mail-settings.ts";
import type { ProductionRules, Report } from "./rules.ts";
import { parseEmail, parseLine } from "./text.ts";
import { good, textSchema } from "./value.ts";

const line = textSchema(parseLine);
const host = textSchema((text) =>
  isIP(text) === 0 && text !== "localhost" ? parseHostName(text) : good(text),
);

/** The object below `mail` in the settings. */
export const mailSchema = z
  .strictObject({
    host,
    port: z.int().min(1).max(65_535).exactOptional(),
    security: z.enum(["starttls", "tls", "none"]).default("starttls"),
    from: textSchema(parseEmail),
    user: line.exactOptional(),
    passwordVariable: variableName.exactOptional(),
    caFile: line.exactOptional(),
  } satisfies For<MailSettings>)
  .transform((mail) => ({ ...mail, port: mail.port ?? (mail.security === "tls" ? 465 : 587) }));

/** The rules between its fields. */
export function checkMail({ user, passwordVariable, security }: MailSettings, report: Report): void {
  if (user !== undefined && passwordVariable === undefined)
    report(["mail", "passwordVariable"], "is missing; it goes with mail.user");
  if (user === undefined && passwordVariable !== undefined)
    report(["mail", "user"], "is missing; it goes with mail.passwordVariable");
  if (user !== undefined && security === "none")
    report(["mail", "security"], "must not be none with mail.user: the password would travel in the clear");
}

/** What production wants beyond. */
export function checkMailInProduction(mail: MailSettings, rules: ProductionRules, report: Report): void {
  if (mail.security === "none") report(["mail", "security"], 'must be "starttls" or "tls" in production');
  rules.host(["mail", "host"], mail.host);
  rules.email(["mail", "from"], mail.from);
}
