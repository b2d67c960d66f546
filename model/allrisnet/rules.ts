import { showBerlin } from "../berlin-time.ts";
import { productionRules, type Report, reportRepeats } from "../rules.ts";
import { didYouMean } from "../suggest.ts";
import type { Licence } from "./allrisnet-input.ts";
import type { Assets } from "./assets.ts";
import { contrast } from "./contrast.ts";
import type { AllrisnetParts } from "./read.ts";

/** What the rules are checked against. */
export interface RuleContext {
  /** The instant of the run. */
  readonly now: Date;
  readonly stage: "lab" | "production" | undefined;
  /** The files of `assets/`. @default - not looked at */
  readonly assets: Assets | undefined;
}

/** The rules between the parameters of one site. Fields that could not be read are passed over. */
export function checkAllrisnet(
  parts: AllrisnetParts,
  { now, stage, assets }: RuleContext,
  report: Report,
  warn: Report,
): void {
  checkRepeats(parts, report);
  checkPresentations(parts, report);
  checkCitizens(parts, report);
  checkLicences(parts, report);
  checkSecondFactor(parts, report);
  checkBranding(parts, assets, report);
  checkDays(parts, showBerlin(now).slice(0, 10), report, warn);
  if (stage === "production") checkProduction(parts, report);
}

function checkRepeats({ licensedModules, citizens, politicians }: AllrisnetParts, report: Report): void {
  reportRepeats(licensedModules ?? [], (at) => ["licensedModules", at], report);
  reportRepeats(citizens?.persons?.show ?? [], (at) => ["citizens", "persons", "show", at], report);
  reportRepeats(citizens?.frameAncestors ?? [], (at) => ["citizens", "frameAncestors", at], report);
  reportRepeats(politicians?.ipAllowlist ?? [], (at) => ["politicians", "ipAllowlist", at], report);
}

function checkPresentations({ citizens, politicians }: AllrisnetParts, report: Report): void {
  if (citizens?.basePath !== undefined && citizens.basePath === politicians?.basePath) {
    report(["politicians", "basePath"], "must not be the path of the citizens' presentation");
  }
  if (citizens?.enabled === false && politicians?.enabled === false) {
    report(["politicians", "enabled"], "must be true where the citizens' presentation is switched off");
  }
}

function checkCitizens({ citizens }: AllrisnetParts, report: Report): void {
  const { modules, persons, oparl, accessibility } = citizens ?? {};
  if (modules?.agendas === true && !modules.calendar) {
    report(["citizens", "modules", "agendas"], "must be false without the calendar that leads to them");
  }
  if (modules?.minutes === true && !(modules.agendas && modules.calendar)) {
    report(["citizens", "modules", "minutes"], "must be false without the agendas that lead to them");
  }
  persons?.show.forEach((field, at) => {
    if (!persons.consentDocumented && ["photo", "address", "email", "phone"].includes(field)) {
      report(["citizens", "persons", "show", at], `"${field}" needs consentDocumented: true`);
    }
  });
  if (oparl?.enabled === true && oparl.license === undefined) {
    report(["citizens", "oparl", "license"], "is missing; data that are given away need a licence");
  }
  if (accessibility?.readSpeaker === true && accessibility.readSpeakerPrivacyNote === undefined) {
    report(
      ["citizens", "accessibility", "readSpeakerPrivacyNote"],
      "is missing; readSpeaker sends texts to a third party, which the privacy statement has to name",
    );
  }
}

function checkLicences({ licensedModules, citizens, politicians }: AllrisnetParts, report: Report): void {
  if (licensedModules === undefined) return;
  const need = (used: boolean | undefined, licence: Licence, ...path: string[]) => {
    if (used !== true || licensedModules.includes(licence)) return;
    report(path, `needs the licence "${licence}"`, `add "${licence}" to allrisnet.licensedModules`);
  };
  if (citizens?.enabled === true) {
    need(citizens.oparl?.enabled, "oparl", "citizens", "oparl", "enabled");
    const { readSpeaker } = citizens.accessibility ?? {};
    need(readSpeaker, "readSpeaker", "citizens", "accessibility", "readSpeaker");
  }
  if (politicians?.enabled === true) {
    const { modules, auth } = politicians;
    need(modules?.onlineVoting, "onlineVoting", "politicians", "modules", "onlineVoting");
    need(modules?.app, "app", "politicians", "modules", "app");
    need(auth && auth.secondFactor !== "off", "totp", "politicians", "auth", "secondFactor");
  }
}

function checkSecondFactor({ politicians }: AllrisnetParts, report: Report): void {
  if (politicians?.auth?.secondFactor === "off" && politicians.nonPublicDocuments === true) {
    report(["politicians", "auth", "secondFactor"], 'must not be "off" while nonPublicDocuments is true');
  }
}

function checkBranding({ branding }: AllrisnetParts, assets: Assets | undefined, report: Report): void {
  if (branding === undefined) return;
  const { logo, primaryColor, textOnPrimary } = branding;
  const ratio = contrast(primaryColor, textOnPrimary);
  if (ratio < 4.5) {
    // Cut, not rounded: 4.499 must not be shown as 4.5.
    const shown = (Math.floor(ratio * 100) / 100).toFixed(2);
    report(
      ["branding", "textOnPrimary"],
      `has a contrast of ${shown} : 1 to primaryColor ${primaryColor}; it must be at least 4.5 : 1 (WCAG 2.1, 1.4.3)`,
    );
  }
  if (logo === undefined || assets === undefined) return;
  const asset = assets.get(logo.file);
  if (asset === undefined) {
    const hint = didYouMean(logo.file, [...assets.keys()]);
    report(["branding", "logo", "file"], "is no file of the folder assets/", hint);
  } else if (asset.problem !== undefined) {
    report(["branding", "logo", "file"], asset.problem);
  } else if (asset.sha256 !== logo.sha256) {
    report(
      ["branding", "logo", "sha256"],
      `is not that of assets/${logo.file}`,
      `when the file is the right one, write "${asset.sha256}"`,
    );
  }
}

function checkDays({ citizens }: AllrisnetParts, today: string, report: Report, warn: Report): void {
  const { statementDate } = citizens?.accessibility ?? {};
  const path = ["citizens", "accessibility", "statementDate"];
  if (statementDate !== undefined) {
    const age = (Date.parse(today) - Date.parse(statementDate)) / 86_400_000;
    if (age < 0) report(path, `must not be in the future; today is ${today}`);
    if (age > 365) warn(path, `is ${age} days ago; the statement is reviewed every year (EU 2016/2102)`);
  }
  const archiveFrom = citizens?.publish?.archiveFrom ?? "all";
  if (archiveFrom !== "all" && archiveFrom > today) {
    report(["citizens", "publish", "archiveFrom"], `must not be in the future; today is ${today}`);
  }
}

function checkProduction({ citizens, politicians }: AllrisnetParts, report: Report): void {
  const rules = productionRules(report);
  const { accessibility, oparl } = citizens ?? {};
  rules.email(["citizens", "accessibility", "feedbackEmail"], accessibility?.feedbackEmail);
  rules.page(["citizens", "accessibility", "enforcementBodyUrl"], accessibility?.enforcementBodyUrl);
  rules.page(["citizens", "accessibility", "readSpeakerPrivacyNote"], accessibility?.readSpeakerPrivacyNote);
  rules.email(["citizens", "oparl", "contactEmail"], oparl?.contactEmail);
  rules.page(["citizens", "oparl", "license"], oparl?.license);
  citizens?.frameAncestors?.forEach((host, at) => {
    rules.host(["citizens", "frameAncestors", at], host);
  });
  const path = ["politicians", "auth", "method"];
  const method = politicians?.auth?.method;
  if (method?.kind === "ldap") rules.page([...path, "url"], method.url);
  if (method?.kind === "saml") rules.page([...path, "metadataUrl"], method.metadataUrl);
  if (method?.kind === "oidc") rules.page([...path, "issuerUrl"], method.issuerUrl);
}
