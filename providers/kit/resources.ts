import type {
  CheckRequest,
  CheckResponse,
  CreateRequest,
  CreateResponse,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ReadRequest,
  ReadResponse,
  UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { checkResponse, diffResponse, fromStruct, replacing, toStruct } from "./messages.ts";
import { holdsSecret, rewrap, unwrapProperties } from "./secrets.ts";
import { partialFailureOf, unimplemented } from "./status.ts";
import { type Context, PartialFailure, type Properties, type Provider, type ResourceType } from "./types.ts";
import { encodeProperties } from "./wire.ts";

/** The type in a URN: the last part of `parent$child` in its third field. */
function typeOfUrn(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

/** Matches the paths at and below a property path, in which "*" stands for any key or index. */
function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\*", "[^.[\\]]+");
  return new RegExp(`^${escaped}(?:[.[]|$)`);
}

/** The resource methods of the engine's protocol, for the types of one provider. */
export class ResourceMethods<Client> {
  private readonly provider: Provider<Client>;

  constructor(provider: Provider<Client>) {
    this.provider = provider;
  }

  async check(context: Context<Client>, request: CheckRequest): Promise<CheckResponse> {
    const type = this.typeFor(request.getUrn());
    const [news, olds] = [fromStruct(request.getNews()), fromStruct(request.getOlds())];
    const result = await type.check(context, unwrapProperties(news), unwrapProperties(olds));
    return checkResponse(rewrap(result.inputs, news, type.secretProperties ?? []), result.failures);
  }

  async diff(context: Context<Client>, request: DiffRequest): Promise<DiffResponse> {
    const type = this.typeFor(request.getUrn());
    const [olds, news, oldInputs] = [request.getOlds(), request.getNews(), request.getOldInputs()].map(
      (message) => unwrapProperties(fromStruct(message)),
    );
    const result = await type.diff(context, request.getId(), olds ?? {}, news ?? {}, oldInputs ?? {});
    // The engine takes ignored inputs back before `check`, which may have filled in their defaults again.
    const ignored = request.getIgnorechangesList().map(patternOf);
    const counted = Object.entries(result.differences)
      .filter(([path]) => !ignored.some((pattern) => pattern.test(path)))
      .map(([path, kind]) => [path, type.update === undefined ? replacing(kind) : kind]);
    return diffResponse({ ...result, differences: Object.fromEntries(counted) });
  }

  async create(context: Context<Client>, request: CreateRequest): Promise<CreateResponse> {
    const type = this.typeFor(request.getUrn());
    const inputs = fromStruct(request.getProperties());
    const wrap = (outputs: Properties): Properties => this.wrapOutputs(type, outputs, inputs, inputs);
    const { id, outputs } = await keepingParts(type.create(context, unwrapProperties(inputs)), wrap);
    const response = new messages.CreateResponse();
    response.setId(id);
    response.setProperties(toStruct(wrap(outputs)));
    return response;
  }

  async update(context: Context<Client>, request: UpdateRequest): Promise<UpdateResponse> {
    const type = this.typeFor(request.getUrn());
    const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
    if (type.update === undefined)
      throw unimplemented(`${typeOfUrn(request.getUrn())} cannot be updated in place`);
    const wrap = (outputs: Properties): Properties =>
      this.wrapOutputs(type, outputs, { ...olds, ...news }, news);
    const work = type.update(context, request.getId(), unwrapProperties(olds), unwrapProperties(news));
    const outputs = await keepingParts(work, wrap);
    const response = new messages.UpdateResponse();
    response.setProperties(toStruct(wrap(outputs)));
    return response;
  }

  async read(context: Context<Client>, request: ReadRequest): Promise<ReadResponse> {
    const type = this.typeFor(request.getUrn());
    const [olds, oldInputs] = [fromStruct(request.getProperties()), fromStruct(request.getInputs())];
    const wrap = (outputs: Properties): Properties =>
      this.wrapOutputs(type, outputs, { ...oldInputs, ...olds }, oldInputs);
    const work = type.read(context, request.getId(), unwrapProperties(olds), unwrapProperties(oldInputs));
    const found = await keepingParts(work, wrap);
    const response = new messages.ReadResponse();
    // An empty id says that the object is gone.
    if (found === undefined) return response;
    response.setId(request.getId());
    response.setProperties(toStruct(wrap(found.outputs)));
    response.setInputs(
      toStruct(rewrap(found.inputs, { ...olds, ...oldInputs }, type.secretProperties ?? [])),
    );
    return response;
  }

  async delete(context: Context<Client>, request: DeleteRequest): Promise<void> {
    const olds = unwrapProperties(fromStruct(request.getProperties()));
    await this.typeFor(request.getUrn()).delete(context, request.getId(), olds);
  }

  private typeFor(urn: string): ResourceType<Client> {
    const token = typeOfUrn(urn);
    const type = this.provider.resources[token];
    if (type !== undefined) return type;
    const known = Object.keys(this.provider.resources).join(", ") || "none";
    throw unimplemented(
      `the provider ${this.provider.name} ${this.provider.version} knows no resource ${token}; it knows: ${known}`,
    );
  }

  private wrapOutputs(
    type: ResourceType<Client>,
    outputs: Properties,
    like: Properties,
    inputs: Properties,
  ): Properties {
    const followers = Object.values(inputs).some(holdsSecret) ? (type.secretWithInputs ?? []) : [];
    return rewrap(outputs, like, [...(type.secretProperties ?? []), ...followers]);
  }
}

/** Turns a partial failure into the engine's form of it, its secrets wrapped like those of a full answer. */
async function keepingParts<Result>(
  work: Promise<Result>,
  wrap: (outputs: Properties) => Properties,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PartialFailure)
      throw partialFailureOf(error, encodeProperties(wrap(error.properties)));
    throw error;
  }
}
