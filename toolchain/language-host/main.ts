import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { Children } from "./children.ts";
import { endWithEngine } from "./lifecycle.ts";
import { bind, newServer } from "./rpc.ts";
import { sdkVersion } from "./sdk.ts";
import { languageRuntime } from "./service.ts";

/** What the engine's command line says. */
interface Arguments {
  engineAddress: string;
  tracing: string;
  version: boolean;
}

function parseArguments(args: readonly string[]): Arguments {
  const parsed = { engineAddress: "", tracing: "", version: false };
  for (let index = 0; index < args.length; index++) {
    const [, name, value] = /^--?([^=]+)=?(.*)$/.exec(args[index] ?? "") ?? [];
    if (name === undefined) parsed.engineAddress ||= args[index] ?? "";
    else if (name === "tracing") parsed.tracing = value || (args[++index] ?? "");
    else if (name === "version") parsed.version = true;
    // The other options (-v, --logtostderr) are about the engine's own log, to which this host adds nothing.
  }
  return parsed;
}

const { engineAddress, tracing, version } = parseArguments(process.argv.slice(2));
if (version) {
  process.stdout.write(`${sdkVersion()}\n`);
  process.exit(0);
}
const children = new Children();
const server = newServer();
server.addService(services.LanguageRuntimeService, languageRuntime({ engineAddress, tracing, children }));
endWithEngine(server, children);
process.stdout.write(`${await bind(server)}\n`);
