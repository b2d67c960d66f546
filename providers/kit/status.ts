import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { PartialFailure } from "./types.ts";
import type { JsonObject } from "./wire.ts";

/** HTTP/2 carries the message in a header, whose size is limited: the middle of a very long one is left out. */
const longestMessage = 12_000;

/** What the engine is told when a method fails. */
export type Failure = Partial<ServiceError>;

function isDefect(error: Error): boolean {
  const kinds = [TypeError, ReferenceError, RangeError, SyntaxError];
  return kinds.some((kind) => error instanceof kind) && error.cause === undefined;
}

/** The message of an error for a person: a defect of ours comes with its stack, the rest with their causes. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return messageOf(thrown);
  if (thrown instanceof FarmError || thrown instanceof PartialFailure) return thrown.message;
  if (isDefect(thrown)) return thrown.stack ?? thrown.message;
  const lines: string[] = [];
  for (let error: unknown = thrown; error !== undefined && lines.length < 5; ) {
    const inner: unknown = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
    const text = messageOf(inner);
    if (!lines.some((line) => line.includes(text))) lines.push(text);
    error = inner instanceof Error ? inner.cause : undefined;
  }
  return lines.join(": ");
}

function shorten(message: string): string {
  if (message.length <= longestMessage) return message;
  const half = longestMessage / 2;
  return `${message.slice(0, half)}\n[… ${message.length - longestMessage} characters left out …]\n${message.slice(-half)}`;
}

/** The engine's answer for something that this provider does not do. */
export function unimplemented(sentence: string): Failure {
  return { code: status.UNIMPLEMENTED, details: shorten(sentence) };
}

/** The engine's answer for something thrown. */
export function failureOf(thrown: unknown): Failure {
  return { code: status.UNKNOWN, details: shorten(describe(thrown)) };
}

/** The engine's answer that makes it keep what exists of a resource and mark it as not finished. */
export function partialFailureOf(failure: PartialFailure, properties: JsonObject): Failure {
  const message = shorten(failure.message);
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(failure.id);
  detail.setProperties(struct.Struct.fromJavaScript(properties));
  detail.setReasonsList([message]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new statusMessages.Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(message);
  answer.addDetails(packed);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}
