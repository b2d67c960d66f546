import { expect, test } from "vitest";
import { readFindings } from "../../../policies/findings.ts";
import { messageOf } from "../../../policies/message.ts";
import { rules } from "../../../policies/rules.ts";

const [rule] = rules;
if (rule === undefined) throw new Error("there are no rules");
const stack = "urn:pulumi:lab::allris-farm::pulumi:pulumi:Stack::allris-farm-lab";
const vm = "urn:pulumi:lab::allris-farm::xenorchestra:index/vm:Vm::hohenbrueck-vm";

/** A line of the engine's log; the SDK has put the rule's sentence in front. */
function line(resourceUrn: string, enforcementLevel: string, detail: string): string {
  const message = `${rule?.sentence}\n${rule === undefined ? "" : messageOf(rule, detail)}\n`;
  return JSON.stringify({
    sequence: 1,
    policyEvent: { resourceUrn, message, policyName: rule?.name, enforcementLevel },
  });
}

test("findings come from the events about policies alone, sorted, each once", () => {
  const log = [
    JSON.stringify({ preludeEvent: { config: { text: 'a "policyEvent" in a text' } } }),
    line(vm, "mandatory", "has 2 network cards"),
    line(stack, "advisory", "has 3 network cards"),
    line(vm, "mandatory", "has 2 network cards"),
    JSON.stringify({ policyAnalyzeSummaryEvent: { resourceUrn: vm } }),
  ];
  const requirements = [
    "SYS.1.5.A4 (IT-Grundschutz-Kompendium, Edition 2023)",
    "ARCH.2.3 (Grundschutz++, Kernel, 2026-07-29)",
    "ARCH.5.1 (Grundschutz++, Kernel, 2026-07-29)",
  ];
  const message = (count: number): string =>
    `A machine has exactly one network card, so that it never bridges two networks. Here: has ${count} network cards. Next: take the other network cards out of the machine's \`networks\`.`;
  const base = { policy: "vm-one-network-card", requirements };
  expect(readFindings(log)).toEqual([
    { ...base, level: "advisory", message: message(3) },
    { ...base, level: "mandatory", urn: vm, message: message(2) },
  ]);
});

test("a run that has not begun has found nothing", () => {
  expect(readFindings([])).toEqual([]);
});
