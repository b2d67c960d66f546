import { isIPv4, isIPv6, SocketAddress } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { ApiError, objectBody } from "./api.ts";
import { tryNormaliseDomain, tryNormaliseRecordName } from "./names.ts";
import { type RecordContent, type RecordType, recordTypes } from "./store.ts";
import { tryParseTxt } from "./txt.ts";

const longestTxt = 4096;
const longestComment = 100;
const proxiable: ReadonlySet<RecordType> = new Set(["A", "AAAA", "CNAME"]);
const caaTags: ReadonlySet<string> = new Set(["issue", "issuewild", "iodef", "issuemail", "contactemail"]);

/** Whether records of a type may be proxied. */
export function isProxiable(type: RecordType): boolean {
  return proxiable.has(type);
}

/**
 * Reads a record as a client sends it and brings it into the spelling that the API returns. What it returns,
 * sent again, comes out the same.
 * @param zone name of the zone
 * @throws ApiError with the code of the rule that is broken
 */
export function normaliseRecord(body: unknown, zone: string): RecordContent {
  const sent = objectBody(body);
  const type = recordTypes.find((each) => each === sent.type);
  if (type === undefined)
    throw invalid(1004, `DNS Validation Error: record type ${String(sent.type)} is not supported.`);
  const name = typeof sent.name === "string" ? tryNormaliseRecordName(sent.name, zone) : undefined;
  if (name === undefined) throw invalid(9000, "DNS name is invalid.");
  const proxied = sent.proxied ?? false;
  if (typeof proxied !== "boolean") throw invalid(9207, "Request body is invalid: proxied is a boolean.");
  if (proxied && !isProxiable(type)) throw invalid(9004, "This record type cannot be proxied.");
  const content = normaliseContent(type, sent);
  if (type === "CNAME" && content === name) throw invalid(9039, "CNAME record cannot reference itself.");
  refusePaidOptions(sent);
  return {
    type,
    name,
    content,
    ttl: normaliseTtl(sent.ttl ?? 1, proxied),
    proxied,
    priority: type === "MX" ? normalisePriority(sent.priority) : null,
    comment: normaliseComment(sent.comment ?? null),
  };
}

/** Flags, tag and value of a CAA record's content. */
export function parseCaa(content: string): { flags: number; tag: string; value: string } {
  const match = /^(\d+)\s+([a-z0-9]+)\s+"([^"]*)"$/.exec(content);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) {
    throw invalid(9101, "Content for CAA record is invalid.");
  }
  return { flags: Number(match[1]), tag: match[2], value: match[3] };
}

/**
 * Refuses a record that cannot be beside the others of its zone.
 * @throws ApiError
 */
export function checkConflicts(
  candidate: RecordContent,
  others: readonly RecordContent[],
  zone: string,
): void {
  for (const other of others) {
    if (other.name !== candidate.name) continue;
    if (isDeepStrictEqual(identity(other), identity(candidate))) {
      throw invalid(81058, "An identical record already exists.");
    }
    const aliases = [other, candidate].filter((each) => each.type === "CNAME").length;
    const addresses = isProxiable(other.type) && isProxiable(candidate.type);
    // An alias at the apex is flattened to addresses, so MX, TXT and CAA may stand beside it.
    if (aliases > 0 && (addresses || candidate.name !== zone)) {
      throw invalid(81053, "An A, AAAA, or CNAME record with that host already exists.");
    }
  }
}

function identity(record: RecordContent): unknown {
  const content = record.type === "TXT" ? tryParseTxt(record.content)?.join("") : record.content;
  return [record.type, content, record.priority];
}

function normaliseContent(type: RecordType, sent: Readonly<Record<string, unknown>>): string {
  if (type === "CAA" && sent.data !== undefined && sent.data !== null) return caaFromData(sent.data);
  const content = typeof sent.content === "string" ? sent.content.trim() : "";
  switch (type) {
    case "A":
      if (!isIPv4(content)) throw invalid(9005, "Content for A record must be a valid IPv4 address.");
      return content;
    case "AAAA":
      if (!isIPv6(content) || content.includes("%")) {
        throw invalid(9006, "Content for AAAA record must be a valid IPv6 address.");
      }
      return new SocketAddress({ address: content, family: "ipv6" }).address;
    case "CAA":
      return caaFromData(parseCaa(content));
    case "TXT":
      return normaliseTxt(content);
    default:
      return normaliseTarget(type, content);
  }
}

function normaliseTarget(type: "CNAME" | "MX" | "NS", content: string): string {
  const target = tryNormaliseDomain(content);
  if (target !== undefined && !isIPv4(target)) return target;
  const code = { CNAME: 9007, NS: 9008, MX: 9009 }[type];
  throw invalid(code, `Content for ${type} record must be a hostname.`);
}

function normaliseTxt(content: string): string {
  const printable = [...content].every((character) => character >= " " && character !== "\x7f");
  if (content === "" || content.length > longestTxt || !printable || tryParseTxt(content) === undefined) {
    throw invalid(9012, "Content for TXT record is invalid.");
  }
  return content;
}

function caaFromData(data: unknown): string {
  const { flags, tag, value } = objectBody(data);
  const number = typeof flags === "string" && /^\d+$/.test(flags) ? Number(flags) : flags;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > 255) {
    throw invalid(9101, "flags of a CAA record must be a number from 0 to 255.");
  }
  if (typeof tag !== "string" || !caaTags.has(tag.toLowerCase())) {
    throw invalid(9101, `tag of a CAA record must be one of ${[...caaTags].join(", ")}.`);
  }
  if (typeof value !== "string" || !/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(value)) {
    throw invalid(9101, "value of a CAA record must be printable text without quotes.");
  }
  return `${number} ${tag.toLowerCase()} "${value}"`;
}

function normaliseTtl(ttl: unknown, proxied: boolean): number {
  if (proxied && ttl !== 1) throw invalid(9021, "Invalid TTL. A proxied record must have 1 for automatic.");
  if (typeof ttl === "number" && Number.isInteger(ttl) && (ttl === 1 || (ttl >= 60 && ttl <= 86_400)))
    return ttl;
  throw invalid(9021, "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic.");
}

function normalisePriority(priority: unknown): number {
  if (typeof priority === "number" && Number.isInteger(priority) && priority >= 0 && priority <= 65_535)
    return priority;
  throw invalid(9100, "priority is required for MX records and must be from 0 to 65,535.");
}

function normaliseComment(comment: unknown): string | null {
  if (comment === null || comment === "") return null;
  if (typeof comment === "string" && comment.length <= longestComment) return comment;
  throw invalid(9207, `Request body is invalid: a comment has at most ${longestComment} characters.`);
}

/** Tags and the settings of a record that change an answer are not part of the free plan. */
function refusePaidOptions(sent: Readonly<Record<string, unknown>>): void {
  const count = Array.isArray(sent.tags) ? sent.tags.length : 0;
  if (count > 0) throw invalid(9300, `DNS record has ${count} tags, exceeding the quota of 0.`);
  for (const [key, value] of Object.entries(sent.settings ?? {})) {
    if (value) throw invalid(9207, `Request body is invalid: the plan does not include the setting ${key}.`);
  }
}

function invalid(code: number, message: string): ApiError {
  return new ApiError(400, code, message);
}
