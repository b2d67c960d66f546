import type { ResourceHook } from "@pulumi/pulumi";
import messages, {
  type RegisterResourceRequest,
  type RegisterResourceResponse,
  type ResourceInvokeRequest,
  type ResourceInvokeResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { messageOf } from "../../../lib/farm-error.ts";
import { fromStruct, toStruct } from "../../../providers/kit/messages.ts";
import { unwrapProperties } from "../../../providers/kit/secrets.ts";
import type { Properties } from "../../../providers/kit/types.ts";
import { hashFiles } from "./plain-state.ts";

/** A resource as the program asks for it. */
export interface Asked {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly inputs: Properties;
  readonly ignored: readonly string[];
  readonly protect: boolean;
  readonly deletedWith: string;
  /** Undefined where the provider decides. */
  readonly deleteBeforeReplace: boolean | undefined;
  readonly hooks: { readonly beforeCreate: readonly string[]; readonly beforeUpdate: readonly string[] };
}

/** What the program is answered. */
export interface Registered {
  readonly id: string;
  readonly outputs: Properties;
}

/** Where a program's resources and calls go. */
export interface Target {
  register(asked: Asked): Promise<Registered>;
  call(token: string, args: Properties): Promise<Properties>;
}

type Callback<Answer> = (error: Error | null, answer?: Answer) => void;

/** Stands where the SDK expects the engine, in the same process; hands everything to its target. */
export class PlainMonitor extends MockMonitor {
  readonly #target: Target;
  readonly #project: string;
  readonly #hooks: Map<string, ResourceHook>;
  /** What failed, in the order in which it did. */
  readonly failures: string[] = [];

  /**
   * @param project stack and project as they stand in a URN: "lab::allris-farm"
   * @param hooks gets the program's hooks by their names
   */
  constructor(project: string, target: Target, hooks: Map<string, ResourceHook>) {
    super({ newResource: ({ inputs }) => ({ id: "", state: inputs }), call: ({ inputs }) => inputs });
    this.#project = project;
    this.#target = target;
    this.#hooks = hooks;
  }

  override async registerResource(request: RegisterResourceRequest, callback: Callback<unknown>) {
    const response = new messages.RegisterResourceResponse();
    const urn = this.#urnOf(request);
    response.setUrn(urn);
    try {
      const { id, outputs } = await this.#target.register(askedOf(request, urn));
      response.setId(id);
      response.setObject(toStruct(outputs));
    } catch (error) {
      this.failures.push(`${urn}: ${messageOf(error)}`);
      response.setResult(messages.Result.FAIL);
    }
    callback(null, response satisfies RegisterResourceResponse);
  }

  override async invoke(request: ResourceInvokeRequest, callback: Callback<unknown>) {
    try {
      const args = unwrapProperties(fromStruct(request.getArgs()));
      const response = new messages.ResourceInvokeResponse();
      response.setReturn(toStruct(await this.#target.call(request.getTok(), args)));
      callback(null, response satisfies ResourceInvokeResponse);
    } catch (error) {
      callback(error as Error);
    }
  }

  override registerResourceOutputs(_request: unknown, callback: Callback<object>): void {
    callback(null, {});
  }

  /** Takes the place of the server through which an engine calls hooks. */
  get callbacks() {
    const hooks = this.#hooks;
    return {
      async registerResourceHook(hook: ResourceHook): Promise<void> {
        hooks.set(hook.name, hook);
      },
      async awaitStackRegistrations(): Promise<void> {},
      shutdown(): void {},
    };
  }

  #urnOf(request: RegisterResourceRequest): string {
    const parent = request.getParent();
    const above = parent === "" ? "" : `${parent.split("::")[2]}$`;
    return `urn:pulumi:${this.#project}::${above}${request.getType()}::${request.getName()}`;
  }
}

function askedOf(request: RegisterResourceRequest, urn: string): Asked {
  const hooks = request.getHooks();
  return {
    urn,
    type: request.getType(),
    custom: request.getCustom(),
    inputs: hashFiles(unwrapProperties(fromStruct(request.getObject()))),
    ignored: request.getIgnorechangesList(),
    protect: request.getProtect() ?? false,
    deletedWith: request.getDeletedwith(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    hooks: {
      beforeCreate: hooks?.getBeforeCreateList() ?? [],
      beforeUpdate: hooks?.getBeforeUpdateList() ?? [],
    },
  };
}
