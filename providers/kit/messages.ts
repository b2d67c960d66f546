import type {
  CheckFailure as CheckFailureMessage,
  CheckResponse,
  DiffResponse,
  PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { CheckFailure, DifferenceKind, DiffResult, Properties } from "./types.ts";
import { decodeProperties, encodeProperties, type JsonObject } from "./wire.ts";

/** Reads a message's properties; an absent Struct is an empty one. */
export function fromStruct(message: Struct | undefined): Properties {
  return message === undefined ? {} : decodeProperties(message.toJavaScript() as JsonObject);
}

/** Makes a message of properties. @throws Error for what the wire cannot carry */
export function toStruct(properties: Properties): Struct {
  return struct.Struct.fromJavaScript(encodeProperties(properties));
}

function failureMessage(failure: CheckFailure): CheckFailureMessage {
  const message = new messages.CheckFailure();
  message.setProperty(failure.property);
  message.setReason(failure.reason);
  return message;
}

/** The answer to Check and CheckConfig. */
export function checkResponse(inputs: Properties, failures: readonly CheckFailure[]): CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(failures.map(failureMessage));
  return response;
}

const kinds: Record<DifferenceKind, PropertyDiff.Kind> = {
  add: messages.PropertyDiff.Kind.ADD,
  "add-replace": messages.PropertyDiff.Kind.ADD_REPLACE,
  delete: messages.PropertyDiff.Kind.DELETE,
  "delete-replace": messages.PropertyDiff.Kind.DELETE_REPLACE,
  update: messages.PropertyDiff.Kind.UPDATE,
  "update-replace": messages.PropertyDiff.Kind.UPDATE_REPLACE,
};

/** The kind that says that this difference needs a new object. */
export function replacing(kind: DifferenceKind): DifferenceKind {
  return kind.endsWith("-replace") ? kind : (`${kind}-replace` as DifferenceKind);
}

/** The property that a path begins with. */
function topOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

/** The answer to Diff and DiffConfig. */
export function diffResponse(result: DiffResult): DiffResponse {
  const response = new messages.DiffResponse();
  const differences = Object.entries(result.differences);
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(true);
  for (const [path, kind] of differences) {
    const difference = new messages.PropertyDiff();
    difference.setKind(kinds[kind]);
    response.getDetaileddiffMap().set(path, difference);
  }
  response.setDiffsList([...new Set(differences.map(([path]) => topOf(path)))]);
  const replaces = differences.filter(([, kind]) => kind.endsWith("-replace"));
  response.setReplacesList([...new Set(replaces.map(([path]) => topOf(path)))]);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  return response;
}
