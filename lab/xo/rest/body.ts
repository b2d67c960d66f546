import type { IncomingMessage } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { HttpError } from "./auth.ts";

/** More than any action asks for. Bytes. */
const most = 100_000;

/** The JSON object in a request; empty when there is none. @throws HttpError 400 when it is something else, 413 */
export async function readBody(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new HttpError(413, "the body is too large");
    chunks.push(chunk);
  }
  if (size === 0) return {};
  let body: Json | undefined;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    // Told below, as for anything else that is no object.
  }
  if (!isJsonObject(body)) throw new HttpError(400, "the body must be a JSON object");
  return body;
}
