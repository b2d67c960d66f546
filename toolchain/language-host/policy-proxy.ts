import {
  Client,
  credentials,
  Metadata,
  type Server,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import messages, { type AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";
import { bind, newServer, noLimit, unary } from "./rpc.ts";

/** A promise that somebody else settles, once. */
function settleLater<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  const later = Promise.withResolvers<T>();
  // Nobody need be waiting when it is rejected.
  later.promise.catch(() => {});
  return later;
}

/** Bytes as they are: two calls come for each resource, and what is in them is the pack's to read. */
const same = (bytes: Buffer): Buffer => bytes;
const asBytes = {
  requestDeserialize: same,
  requestSerialize: same,
  responseDeserialize: same,
  responseSerialize: same,
};

/** What this server answers by itself. */
const own: ReadonlySet<string> = new Set(["handshake", "configureStack"]);

type Method = (typeof services.AnalyzerService)["analyze"];

/**
 * Stands before a policy pack: the engine tells the stack's configuration with a call, packs expect it in
 * their environment. So the engine gets this server's port first, and the pack is started once the
 * configuration is known; every other call waits for the pack and is passed on.
 */
export class PolicyProxy {
  private readonly server: Server = newServer();
  private readonly stack = settleLater<AnalyzerStackConfigureRequest | undefined>();
  private readonly pack = settleLater<Client>();
  private client: Client | undefined;

  /** The stack's configuration, or undefined when the engine first asks for something else. */
  get configuration(): Promise<AnalyzerStackConfigureRequest | undefined> {
    return this.stack.promise;
  }

  /** Returns the port for the engine. */
  listen(): Promise<number> {
    const methods = Object.entries(services.AnalyzerService) as unknown as [string, Method][];
    const forwarded = methods.map(([name, { path }]) => [
      name,
      unary((request: Buffer) => this.forward(path, request)),
    ]);
    const definition = Object.fromEntries(
      methods.map(([name, method]) => [name, own.has(name) ? method : { ...method, ...asBytes }]),
    );
    const answers = {
      handshake: unary(() => new messages.AnalyzerHandshakeResponse()),
      configureStack: unary((request: AnalyzerStackConfigureRequest) => {
        this.stack.resolve(request);
        return new messages.AnalyzerStackConfigureResponse();
      }),
    };
    const implementation: UntypedServiceImplementation = { ...Object.fromEntries(forwarded), ...answers };
    this.server.addService(definition as unknown as ServiceDefinition, implementation);
    return bind(this.server);
  }

  /** Connects to the pack and tells it the configuration in its own words, too. */
  async attach(port: number): Promise<void> {
    this.client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), noLimit);
    const configuration = await this.configuration;
    if (configuration !== undefined) {
      const method = services.AnalyzerService.configureStack as unknown as Method;
      await call(this.client, method, configuration).catch((error: { code?: number }) => {
        // Older packs know the environment only.
        if (error.code !== status.UNIMPLEMENTED) throw error;
      });
    }
    this.pack.resolve(this.client);
  }

  /** Ends the calls that wait for the pack with a reason, and takes no more. */
  close(reason: string): void {
    this.pack.reject(new Error(reason));
    this.stack.resolve(undefined);
    // Not by force: the engine is to read the reason.
    this.server.tryShutdown(() => this.client?.close());
  }

  private async forward(path: string, request: Buffer): Promise<Buffer> {
    // Publishing a pack asks for its policies without any stack.
    this.stack.resolve(undefined);
    const client = await this.pack.promise;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, request, new Metadata(), (error, response) =>
        error === null ? resolve(response ?? Buffer.alloc(0)) : reject(error),
      );
    });
  }
}

function call(client: Client, method: Method, request: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize as (value: unknown) => Buffer,
      method.responseDeserialize,
      request,
      new Metadata(),
      (error, response) => (error === null ? resolve(response) : reject(error)),
    );
  });
}
