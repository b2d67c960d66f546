import type { IncomingMessage } from "node:http";
import { newVdi, requireRoom } from "../methods/devices.ts";
import type { Call } from "../rpc/method.ts";
import { putObject } from "../store.ts";
import { HttpError } from "./auth.ts";

/**
 * Takes a disk's content and makes a disk of its size. The content itself is not kept: no guest boots from it.
 * @returns the disk's id.
 */
export async function importDisk(
  call: Call,
  srId: string,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<string> {
  const sr = call.get(srId, "SR", "administrate");
  if (query.get("raw") === null) throw new HttpError(400, "only raw content can be imported");
  let size = 0;
  for await (const chunk of request) size += (chunk as Buffer).length;
  if (size === 0) throw new HttpError(400, "the content is empty");
  const vdi = newVdi(sr.pool, sr.id, query.get("name_label") ?? "", size, {
    name_description: query.get("name_description") ?? "",
  });
  requireRoom(call.relations, [vdi]);
  await call.xo.store.commit([putObject(vdi)]);
  return vdi.id;
}
