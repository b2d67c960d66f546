import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { FarmError } from "../../lib/farm-error.ts";
import { Configuration } from "./configuration.ts";
import { type EngineLog, engineLog } from "./engine-log.ts";
import { type Failure, failureOf } from "./status.ts";
import type { Context, Provider } from "./types.ts";

/** What an operation knows before it starts. */
export interface OperationOptions {
  /** @default "" */
  readonly urn?: string;
  /** @default false */
  readonly preview?: boolean;
  /** Seconds that the program allows; 0 for no limit. @default 0 */
  readonly timeout?: number;
}

/** Starts operations and can stop all of them; owns what they share: the client and the engine's log. */
export class Operations<Client> {
  readonly configuration: Configuration<Client>;
  private readonly running = new Set<AbortController>();
  private log: EngineLog;

  constructor(provider: Provider<Client>, engineAddress: string | undefined) {
    this.configuration = new Configuration(provider);
    this.log = engineLog(engineAddress);
  }

  /** Lines go to this engine from now on. */
  attach(engineAddress: string): void {
    this.log.close();
    this.log = engineLog(engineAddress);
  }

  /** Runs the work of one method and answers the engine, with a readable message when it fails. */
  async answer<Request, Response>(
    call: ServerUnaryCall<Request, Response>,
    callback: sendUnaryData<Response>,
    options: OperationOptions,
    work: (context: Context<Client>) => Promise<Response> | Response,
  ): Promise<void> {
    const controller = new AbortController();
    const abort = (why: string): void => controller.abort(new FarmError({ what: why }));
    this.running.add(controller);
    call.on("cancelled", () => abort("the engine gave up waiting for this operation"));
    const limit = options.timeout ?? 0;
    const late = `the operation took longer than the ${limit} s that the program allows (customTimeouts)`;
    const timer = limit > 0 ? setTimeout(() => abort(late), limit * 1000) : undefined;
    let failure: Failure | undefined;
    let response: Response | null = null;
    try {
      response = await work(this.context(options, controller.signal));
    } catch (error) {
      failure = isFailure(error) ? error : failureOf(error);
    }
    clearTimeout(timer);
    this.running.delete(controller);
    await this.log.flush();
    callback(failure ?? null, response, failure?.metadata);
  }

  /** Aborts whatever runs. */
  cancel(): void {
    for (const controller of this.running) {
      controller.abort(new FarmError({ what: "cancelled", why: "the run was stopped" }));
    }
  }

  close(): void {
    this.cancel();
    this.log.close();
  }

  private context(options: OperationOptions, signal: AbortSignal): Context<Client> {
    const { configuration } = this;
    const urn = options.urn ?? "";
    return {
      // Only who uses the client pays for making it: `check` works while the server is away.
      get client(): Client {
        return configuration.client;
      },
      urn,
      preview: options.preview ?? false,
      signal,
      log: (severity, message) => this.log.write(severity, urn, message),
    };
  }
}

function isFailure(thrown: unknown): thrown is Failure {
  return !(thrown instanceof Error) && typeof thrown === "object" && thrown !== null && "details" in thrown;
}
