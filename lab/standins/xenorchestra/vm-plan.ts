import type { CheckFailure, CheckResult, Properties, Value } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import { checkFields, isObject, planFields } from "../fields.ts";
import { vmFields, vmOutputs } from "./vm-fields.ts";

/** Checks a VM's inputs and fills in the defaults. `olds` are the inputs of the last run. */
export function checkVm(news: Properties, olds: Properties): CheckResult {
  const failures: CheckFailure[] = [];
  const inputs = checkFields(vmFields, news, failures);
  // XO does not tell an imported VM's template, so `ignoreChanges` leaves it out.
  const imported = Object.keys(olds).length > 0 && olds.template === undefined && news.template === undefined;
  const refuse = (property: string, reason: string): void => void failures.push({ property, reason });

  if (inputs.cdrom !== undefined && inputs.installationMethod !== undefined) {
    refuse("cdrom", "conflicts with installationMethod");
  }
  const { memoryMin, memoryMax, powerState } = inputs;
  if (typeof memoryMin === "number" && typeof memoryMax === "number" && memoryMin > memoryMax) {
    refuse("memoryMin", `${memoryMin} must be less than or equal to memoryMax, ${memoryMax}`);
  }
  if (inputs.destroyCloudConfigVdiAfterBoot === true) {
    if (inputs.cloudConfig === undefined || inputs.cloudConfig === "") {
      refuse("cloudConfig", "must be given when destroyCloudConfigVdiAfterBoot is true");
    }
    const changed = olds.powerState !== powerState;
    if (typeof powerState === "string" && powerState !== "Running" && changed) {
      refuse(
        "powerState",
        `must be "Running" when destroyCloudConfigVdiAfterBoot is true, got ${JSON.stringify(powerState)}`,
      );
    }
  }
  return { inputs, failures: failures.filter(({ property }) => !(imported && property === "template")) };
}

/** Disks and network cards of a VM that does not run are never plugged in: that alone is no change. */
function keepAttachment(old: Value | undefined, planned: Value | undefined): Value | undefined {
  if (!Array.isArray(old) || !Array.isArray(planned)) return planned;
  return planned.map((element, index) => {
    const before = old[index];
    if (!isObject(element) || !isObject(before) || before.attached === undefined) return element;
    return { ...element, attached: before.attached };
  });
}

/**
 * What the VM will look like after the update, as the official provider plans it.
 * @throws Error when the memory that XO chose as the least does not fit below the new maximum
 */
export function planVm(olds: Properties, news: Properties): Properties {
  const planned = planFields(vmFields, olds, news);
  for (const key of vmOutputs) planned[key] = olds[key] ?? Unknown.value;
  const runsOn = planned.powerState === "Running" && olds.powerState === "Running";
  if (!runsOn) {
    for (const key of ["disks", "networks"] as const) {
      const kept = keepAttachment(olds[key], planned[key]);
      if (kept !== undefined) planned[key] = kept;
    }
  }
  const { memoryMin, memoryMax } = planned;
  const changed = memoryMin !== olds.memoryMin || memoryMax !== olds.memoryMax;
  if (changed && typeof memoryMin === "number" && typeof memoryMax === "number" && memoryMin > memoryMax) {
    throw new Error(`memoryMin (${memoryMin}) must be less than or equal to memoryMax (${memoryMax})`);
  }
  return planned;
}
