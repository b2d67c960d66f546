/** What a TLS client asks for in its first message. */
export type ClientHello =
  /** More bytes are needed. */
  | { readonly state: "incomplete" }
  /** These bytes are no TLS. */
  | { readonly state: "invalid" }
  /** The host name is lower-case; undefined when the client sent none. */
  | { readonly state: "complete"; readonly serverName: string | undefined };

const invalid = { state: "invalid" } as const;
const incomplete = { state: "incomplete" } as const;
const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;

/**
 * Reads the server name out of the first bytes of a connection (RFC 8446, 4.1.2 and RFC 6066, 3). The name
 * decides about the lowest TLS version, which OpenSSL no longer lets a callback choose.
 */
export function readClientHello(bytes: Buffer): ClientHello {
  if (bytes.length < 5) return incomplete;
  if (bytes[0] !== handshakeRecord || bytes[1] !== 3) return invalid;
  const recordLength = bytes.readUInt16BE(3);
  if (bytes.length < 5 + recordLength) return incomplete;
  const reader = new Reader(bytes.subarray(5, 5 + recordLength));
  try {
    if (reader.number(1) !== clientHello) return invalid;
    reader.skip(3 + 2 + 32);
    reader.skip(reader.number(1));
    reader.skip(reader.number(2));
    reader.skip(reader.number(1));
    if (reader.isAtEnd) return { state: "complete", serverName: undefined };
    const extensions = new Reader(reader.bytes(reader.number(2)));
    while (!extensions.isAtEnd) {
      const type = extensions.number(2);
      const content = extensions.bytes(extensions.number(2));
      if (type !== serverNameExtension) continue;
      const list = new Reader(content);
      list.skip(2 + 1);
      const name = list.bytes(list.number(2)).toString("latin1").toLowerCase();
      return { state: "complete", serverName: name };
    }
    return { state: "complete", serverName: undefined };
  } catch {
    return invalid;
  }
}

class Reader {
  private readonly buffer: Buffer;
  private offset = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  get isAtEnd(): boolean {
    return this.offset >= this.buffer.length;
  }

  number(size: number): number {
    const value = this.buffer.readUIntBE(this.offset, size);
    this.offset += size;
    return value;
  }

  bytes(size: number): Buffer {
    if (this.offset + size > this.buffer.length) throw new RangeError("the message is too short");
    this.offset += size;
    return this.buffer.subarray(this.offset - size, this.offset);
  }

  skip(size: number): void {
    this.bytes(size);
  }
}
