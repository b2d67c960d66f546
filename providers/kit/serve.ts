import { Server, ServerCredentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { Operations } from "./operations.ts";
import { serviceOf } from "./service.ts";
import type { Provider } from "./types.ts";

/** A provider that answers. */
export interface RunningServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Aborts what runs and closes the port. */
  stop(): Promise<void>;
}

/** State of many resources can be large; the engine sets no limit either. */
const noLimit = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * Serves a provider on a free port of 127.0.0.1.
 * @param engineAddress where `log` lines go. @default - standard error, until the engine says its address
 */
export async function startServer<Client>(
  provider: Provider<Client>,
  engineAddress?: string,
): Promise<RunningServer> {
  const server = new Server(noLimit);
  const operations = new Operations(provider, engineAddress);
  server.addService(services.ResourceProviderService, serviceOf(provider, operations));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    async stop() {
      operations.close();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      server.forceShutdown();
    },
  };
}

/** The engine's address: the first argument that is no option. */
function engineAddressIn(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (argument === "--tracing") index++;
    else if (!argument.startsWith("-")) return argument;
  }
  return undefined;
}

/** Ends this process when its parent, the engine, is gone: nobody else would. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 1000).unref();
}

/**
 * Runs a provider as the engine's plug-in: the port is the first and only line on standard output. Never
 * ends by itself; the engine ends the process, and its death does.
 */
export async function serve<Client>(provider: Provider<Client>): Promise<void> {
  endWithParent();
  // The engine ends plug-ins with SIGINT, after Cancel, and waits 5 s for those that do not listen. Ctrl-C
  // in a terminal does not come here: the engine gives its plug-ins a process group of their own.
  process.on("SIGINT", () => process.exit(0));
  const server = await startServer(provider, engineAddressIn(process.argv.slice(2)));
  process.stdout.write(`${server.port}\n`);
}
