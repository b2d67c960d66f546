import dnsPacket, { type Answer, type DecodedPacket, type OptAnswer, type Packet } from "dns-packet";
import { type Resolution, type ResponseCode, resolve } from "./resolve.ts";
import type { ZoneRecord, ZoneSource } from "./zone.ts";

const codes = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
/** The recommendation of the DNS flag day 2020: larger datagrams risk to be cut in pieces on the way. */
const largestDatagram = 1232;
const badVersion = 16;

/**
 * Answers one message.
 * @param transport over UDP an answer that does not fit the asker's buffer is cut and marked as truncated
 * @returns undefined for what deserves no answer: noise, and answers
 */
export function answerMessage(
  source: ZoneSource,
  message: Uint8Array,
  transport: "udp" | "tcp",
): Buffer | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes.length < 12 || (bytes[2] ?? 0) & 0x80) return undefined;
  let query: DecodedPacket;
  try {
    query = dnsPacket.decode(bytes);
  } catch {
    return failure(bytes.readUInt16BE(0), "FORMERR");
  }
  const id = query.id ?? 0;
  const operation = ((bytes[2] ?? 0) >> 3) & 0xf;
  if (operation !== 0) return failure(id, "NOTIMP");
  const [question, ...others] = query.questions ?? [];
  if (question === undefined || others.length > 0 || !isPrintable(question.name))
    return failure(id, "FORMERR");
  const opt = query.additionals?.find((record) => record.type === "OPT");
  const edns = opt?.type === "OPT" ? opt : undefined;
  const reply = (resolution: Resolution, extendedCode = 0): Packet => ({
    type: "response",
    id,
    flags:
      (resolution.authoritative ? dnsPacket.AUTHORITATIVE_ANSWER : 0) |
      (query.flag_rd ? dnsPacket.RECURSION_DESIRED : 0) |
      codes[resolution.code],
    questions: [question],
    answers: resolution.answers.map((record) => toAnswer(record, question.name)),
    authorities: resolution.authority.map((record) => toAnswer(record, question.name)),
    additionals: edns ? [optRecord(edns, extendedCode)] : [],
  });
  if (edns && edns.ednsVersion > 0) {
    return dnsPacket.encode(reply(empty("NOERROR"), badVersion >> 4));
  }
  const packet = reply(ask(source, question.name, question.type, question.class ?? "IN"));
  const encoded = dnsPacket.encode(packet);
  const room = Math.min(Math.max(edns?.udpPayloadSize ?? 512, 512), largestDatagram);
  if (transport === "tcp" || encoded.length <= room) return encoded;
  const flags = (packet.flags ?? 0) | dnsPacket.TRUNCATED_RESPONSE;
  return dnsPacket.encode({ ...packet, flags, answers: [], authorities: [] });
}

function ask(source: ZoneSource, name: string, type: string, recordClass: string): Resolution {
  if (recordClass !== "IN") return empty("REFUSED");
  // Transfers are not for the public; ANY need not be answered in full (RFC 8482).
  if (type === "AXFR" || type === "IXFR" || type === "ANY") return empty("NOTIMP");
  return resolve(source, name.toLowerCase().replace(/\.$/, ""), type);
}

function empty(code: ResponseCode): Resolution {
  return { code, authoritative: false, answers: [], authority: [] };
}

function failure(id: number, code: ResponseCode): Buffer {
  return dnsPacket.encode({ type: "response", id, flags: codes[code] });
}

/** The asker's spelling is kept: some hide random bits in upper and lower case against forged answers. */
function toAnswer(record: ZoneRecord, asked: string): Answer {
  const name = record.name === asked.toLowerCase() ? asked : record.name;
  const { type, ttl, data } = record;
  // The package's types know three CAA tags only, and writable lists; the encoder takes any.
  return { type, name, ttl, class: "IN", data } as Answer;
}

function optRecord(asked: OptAnswer, extendedRcode: number): OptAnswer {
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: largestDatagram,
    extendedRcode,
    ednsVersion: 0,
    flags: asked.flag_do ? dnsPacket.DNSSEC_OK : 0,
    flag_do: asked.flag_do,
    options: [],
  };
}

function isPrintable(name: string): boolean {
  return /^[\x21-\x7e]*$/.test(name);
}
