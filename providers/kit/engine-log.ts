import { credentials, Metadata } from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";

/** How important a line is. */
type Severity = "debug" | "info" | "warning" | "error";

/** Lines that appear beside a resource while an operation runs. */
export interface EngineLog {
  write(severity: Severity, urn: string, message: string): void;
  /** Resolves when every line written so far has arrived. */
  flush(): Promise<void>;
  close(): void;
}

const levels = {
  debug: engineMessages.LogSeverity.DEBUG,
  info: engineMessages.LogSeverity.INFO,
  warning: engineMessages.LogSeverity.WARNING,
  error: engineMessages.LogSeverity.ERROR,
};

/** Without an engine lines go to standard error; standard output belongs to the port alone. */
function standardError(): EngineLog {
  return {
    write(severity, _urn, message) {
      if (severity !== "debug") process.stderr.write(`${severity}: ${message}\n`);
    },
    flush: async () => {},
    close: () => {},
  };
}

/** Sends lines to the engine, one after the other so that they stay in order. */
export function engineLog(address: string | undefined): EngineLog {
  if (address === undefined || address === "") return standardError();
  const engine = new engineServices.EngineClient(address, credentials.createInsecure());
  let last = Promise.resolve();
  const send = (severity: Severity, urn: string, message: string): Promise<void> =>
    new Promise((resolve) => {
      const request = new engineMessages.LogRequest();
      request.setSeverity(levels[severity]);
      request.setUrn(urn);
      request.setMessage(message);
      // A lost line must not fail the operation that it tells of.
      engine.log(request, new Metadata(), { deadline: Date.now() + 5000 }, () => resolve());
    });
  return {
    write(severity, urn, message) {
      // Nor must one that comes after the end, which the client throws back.
      last = last.then(() => send(severity, urn, message)).catch(() => undefined);
    },
    flush: () => last,
    close: () => engine.close(),
  };
}
