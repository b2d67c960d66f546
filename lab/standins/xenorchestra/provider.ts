import type { Provider } from "../../../providers/kit/types.ts";
import type { XoSettings } from "./client.ts";
import { XoClient } from "./client.ts";
import type { Environment } from "./config.ts";
import { checkConfig, readSettings } from "./config.ts";
import { functions } from "./functions.ts";
import { vm } from "./vm.ts";

/**
 * Stands in for the official plugin of @pulumi/xenorchestra where it cannot be had.
 * @param environment where variables are read. @default - of this process
 * @param settings replaces settings, for tests
 */
export function xenorchestra(
  environment: Environment = process.env,
  settings: Partial<XoSettings> = {},
): Provider<XoClient> {
  return {
    name: "xenorchestra",
    version: "2.4.0",
    checkConfig: (args) => checkConfig(args, environment),
    configure: (args) => new XoClient({ ...readSettings(args, environment), ...settings }),
    resources: { "xenorchestra:index/vm:Vm": vm },
    functions,
  };
}
