import type { Provider } from "../../../providers/kit/types.ts";
import { certRequest } from "./cert-request.ts";
import { privateKey } from "./private-key.ts";

/** Stands in for the official tls provider, for the resources that the farm uses. */
export const tls: Provider<undefined> = {
  name: "tls",
  version: "5.6.1",
  checkConfig: (args) => ({ inputs: args, failures: [] }),
  configure: () => undefined,
  resources: {
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/certRequest:CertRequest": certRequest,
  },
  functions: {},
};
