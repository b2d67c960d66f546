import type { Rule } from "./rule.ts";
import { applicationRules } from "./rules/application.ts";
import { backupRules } from "./rules/backup.ts";
import { backupsTogetherRules } from "./rules/backups-together.ts";
import { certificateRules } from "./rules/certificate.ts";
import { domainRules } from "./rules/domain.ts";
import { togetherRules } from "./rules/machines-together.ts";
import { platformRules } from "./rules/platform.ts";
import { remoteAccessRules } from "./rules/remote-access.ts";
import { secretRules } from "./rules/secrets.ts";
import { virtualMachineRules } from "./rules/virtual-machine.ts";

/** Every rule of the pack, in the order of the report. */
export const rules: readonly Rule[] = [
  ...virtualMachineRules,
  ...togetherRules,
  ...remoteAccessRules,
  ...secretRules,
  ...backupRules,
  ...backupsTogetherRules,
  ...platformRules,
  ...certificateRules,
  ...domainRules,
  ...applicationRules,
];
