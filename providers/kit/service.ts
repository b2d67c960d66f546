import type { handleUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { InvokeRequest, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { checkResponse, diffResponse, fromStruct, toStruct } from "./messages.ts";
import type { OperationOptions, Operations } from "./operations.ts";
import { ResourceMethods } from "./resources.ts";
import { rewrap, unwrapProperties } from "./secrets.ts";
import { unimplemented } from "./status.ts";
import type { Context, Provider } from "./types.ts";

/** A schema that names what there is and no more: the SDKs that programs use are written by hand. */
function schemaOf<Client>(provider: Provider<Client>): string {
  const named = (tokens: readonly string[]): Record<string, object> =>
    Object.fromEntries(tokens.map((token) => [token, {}]));
  return JSON.stringify({
    name: provider.name,
    version: provider.version,
    resources: named(Object.keys(provider.resources)),
    functions: named(Object.keys(provider.functions)),
  });
}

async function invoke<Client>(
  provider: Provider<Client>,
  context: Context<Client>,
  request: InvokeRequest,
): Promise<InvokeResponse> {
  const token = request.getTok();
  const work = provider.functions[token];
  if (work === undefined) {
    const known = Object.keys(provider.functions).join(", ") || "none";
    throw unimplemented(`the provider ${provider.name} knows no function ${token}; it knows: ${known}`);
  }
  const args = fromStruct(request.getArgs());
  const response = new messages.InvokeResponse();
  response.setReturn(toStruct(rewrap(await work(context, unwrapProperties(args)), args, [])));
  return response;
}

/** The engine's protocol for one provider. */
export function serviceOf<Client>(
  provider: Provider<Client>,
  operations: Operations<Client>,
): IResourceProviderServer & UntypedServiceImplementation {
  const resources = new ResourceMethods(provider);
  const { configuration } = operations;

  const method =
    <Request, Response>(
      work: (context: Context<Client>, request: Request) => Promise<Response> | Response,
      options: (request: Request) => OperationOptions = () => ({}),
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      void operations.answer(call, callback, options(call.request), (context) => work(context, call.request));
    };
  const missing = <Request, Response>(sentence: string): handleUnaryCall<Request, Response> =>
    method(() => {
      throw unimplemented(`the provider ${provider.name} ${sentence}`);
    });

  return {
    handshake: method((_context, request) => {
      if (request.getEngineAddress() !== "") operations.attach(request.getEngineAddress());
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      // Not announced: resource references and output values; the engine then sends ids and plain values.
      return response;
    }),
    attach: method((_context, request) => {
      operations.attach(request.getAddress());
      return new empty.Empty();
    }),
    getPluginInfo: method(() => {
      const info = new pluginMessages.PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    getSchema: method(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(schemaOf(provider));
      return response;
    }),
    checkConfig: method((_context, request) => {
      const result = configuration.check(fromStruct(request.getNews()));
      return checkResponse(result.inputs, result.failures);
    }),
    diffConfig: method((_context, request) => {
      const olds = request.hasOldInputs() ? request.getOldInputs() : request.getOlds();
      return diffResponse(configuration.diff(fromStruct(olds), fromStruct(request.getNews())));
    }),
    configure: method((_context, request) => {
      configuration.configure(fromStruct(request.getArgs()));
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    check: method(
      (context, request) => resources.check(context, request),
      (request) => ({ urn: request.getUrn() }),
    ),
    diff: method(
      (context, request) => resources.diff(context, request),
      (request) => ({ urn: request.getUrn() }),
    ),
    create: method(
      (context, request) => resources.create(context, request),
      (request) => ({ urn: request.getUrn(), preview: request.getPreview(), timeout: request.getTimeout() }),
    ),
    read: method(
      (context, request) => resources.read(context, request),
      (request) => ({ urn: request.getUrn(), timeout: request.getTimeout() }),
    ),
    update: method(
      (context, request) => resources.update(context, request),
      (request) => ({ urn: request.getUrn(), preview: request.getPreview(), timeout: request.getTimeout() }),
    ),
    delete: method(
      async (context, request) => {
        await resources.delete(context, request);
        return new empty.Empty();
      },
      (request) => ({ urn: request.getUrn(), timeout: request.getTimeout() }),
    ),
    invoke: method(
      (context, request) => invoke(provider, context, request),
      (request) => ({ preview: request.getPreview() }),
    ),
    cancel: method(() => {
      operations.cancel();
      return new empty.Empty();
    }),
    construct: missing("has no components: write them in the program"),
    call: missing("has no methods on resources"),
    parameterize: missing("takes no parameters"),
    getMapping: missing("has no mapping from other tools"),
    getMappings: missing("has no mapping from other tools"),
    list: (call) => {
      call.emit("error", unimplemented(`the provider ${provider.name} cannot list resources`));
    },
  };
}
