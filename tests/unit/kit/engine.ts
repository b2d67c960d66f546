import { type CallOptions, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { JsonObject } from "../../../providers/kit/wire.ts";

/** The engine's placeholders, written out so that the tests check the kit's own. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";

/** A secret as the engine sends it. */
export function wireSecret(value: unknown): JsonObject {
  return { [signature]: "1b47061264138c4ac30d75fd1eb44270", value: value as string };
}

/** An asset as the engine sends it. */
export function wireAsset(members: JsonObject): JsonObject {
  return { [signature]: "c44067f5952c0a294b673a41bacd8c17", ...members };
}

/** A reference to another resource as the engine sends it. */
export function wireReference(urn: string, id?: string): JsonObject {
  return { [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn, ...(id === undefined ? {} : { id }) };
}

/** A URN of a resource of this type. */
export function urnOf(type: string, name = "example"): string {
  return `urn:pulumi:test::farm::farm:index:TenantSite$${type}::${name}`;
}

function packed(properties: JsonObject): Struct {
  return struct.Struct.fromJavaScript(properties);
}

function plain(message: Struct | undefined): JsonObject {
  return (message?.toJavaScript() ?? {}) as JsonObject;
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/** Speaks to a provider as the engine does, and answers in plain JSON. */
export class TestEngine {
  readonly client: ResourceProviderClient;

  constructor(port: number) {
    this.client = new services.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** Calls a method of the protocol. */
  call<Request, Response>(method: Unary<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      method.call(this.client, request, new Metadata(), {}, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }

  async configure(args: JsonObject): Promise<void> {
    await this.call(this.client.configure, new messages.ConfigureRequest().setArgs(packed(args)));
  }

  async check(type: string, news: JsonObject, olds: JsonObject = {}) {
    const request = new messages.CheckRequest()
      .setUrn(urnOf(type))
      .setNews(packed(news))
      .setOlds(packed(olds));
    const response = await this.call(this.client.check, request);
    return { inputs: plain(response.getInputs()), failures: response.toObject().failuresList };
  }

  async diff(type: string, id: string, olds: JsonObject, news: JsonObject, oldInputs: JsonObject = {}) {
    const request = new messages.DiffRequest().setUrn(urnOf(type)).setId(id);
    request.setOlds(packed(olds)).setNews(packed(news)).setOldInputs(packed(oldInputs));
    const { detaileddiffMap, ...rest } = (await this.call(this.client.diff, request)).toObject();
    const kinds = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];
    return {
      ...rest,
      detailed: Object.fromEntries(detaileddiffMap.map(([path, { kind }]) => [path, kinds[kind]])),
    };
  }

  async create(type: string, inputs: JsonObject, options: { preview?: boolean; timeout?: number } = {}) {
    const request = new messages.CreateRequest().setUrn(urnOf(type)).setProperties(packed(inputs));
    request.setPreview(options.preview ?? false).setTimeout(options.timeout ?? 0);
    const response = await this.call(this.client.create, request);
    return { id: response.getId(), outputs: plain(response.getProperties()) };
  }

  async update(type: string, id: string, olds: JsonObject, news: JsonObject, preview = false) {
    const request = new messages.UpdateRequest().setUrn(urnOf(type)).setId(id).setPreview(preview);
    request.setOlds(packed(olds)).setNews(packed(news));
    return plain((await this.call(this.client.update, request)).getProperties());
  }

  async read(type: string, id: string, olds: JsonObject = {}, oldInputs: JsonObject = {}) {
    const request = new messages.ReadRequest().setUrn(urnOf(type)).setId(id);
    request.setProperties(packed(olds)).setInputs(packed(oldInputs));
    const response = await this.call(this.client.read, request);
    return {
      id: response.getId(),
      outputs: plain(response.getProperties()),
      inputs: plain(response.getInputs()),
    };
  }

  async delete(type: string, id: string, olds: JsonObject): Promise<void> {
    const request = new messages.DeleteRequest().setUrn(urnOf(type)).setId(id).setProperties(packed(olds));
    await this.call(this.client.delete, request);
  }

  async invoke(token: string, args: JsonObject): Promise<JsonObject> {
    const request = new messages.InvokeRequest().setTok(token).setArgs(packed(args));
    return plain((await this.call(this.client.invoke, request)).getReturn());
  }

  close(): void {
    this.client.close();
  }
}
