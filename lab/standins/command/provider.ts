import type { Provider } from "../../../providers/kit/types.ts";
import { copyToRemote } from "./copy-to-remote.ts";
import { remoteCommand } from "./remote-command.ts";

/** Stands in for the official command provider, for the resources that the farm uses. */
export const command: Provider<undefined> = {
  name: "command",
  version: "1.2.1",
  checkConfig: (args) => ({ inputs: args, failures: [] }),
  configure: () => undefined,
  resources: {
    "command:remote:Command": remoteCommand,
    "command:remote:CopyToRemote": copyToRemote,
  },
  functions: {},
};
