import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { closeSync, createReadStream, createWriteStream, fsyncSync, openSync, writeSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { type Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

const algorithm = "chacha20-poly1305";
const nonceBytes = 12;
const tagBytes = 16;

/** What was written, in the clear. */
export interface Written {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Counts and sums what runs through. */
class Meter extends Transform {
  private readonly hash = createHash("sha256");
  private size = 0;

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.hash.update(chunk);
    this.size += chunk.length;
    done(null, chunk);
  }

  result(): Written {
    return { size: this.size, sha256: this.hash.digest("hex") };
  }
}

/** Writes a file, encrypted when there is a key: nonce, text, tag. @param key 32 characters */
export async function writeSealed(source: Readable, path: string, key: string | undefined): Promise<Written> {
  const meter = new Meter();
  if (key === undefined) {
    await pipeline(source, meter, createWriteStream(path, { mode: 0o600, flush: true }));
    return meter.result();
  }
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, Buffer.from(key), nonce, { authTagLength: tagBytes });
  // Not a moment may pass before the source has its reader: of a command that has ended, Node drops what nobody reads.
  const fd = openSync(path, "w", 0o600);
  try {
    writeSync(fd, nonce);
    await pipeline(source, meter, cipher, createWriteStream(path, { fd, autoClose: false }));
    writeSync(fd, cipher.getAuthTag());
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return meter.result();
}

/**
 * Reads a file into a sink, in the clear, and says what it held.
 * @throws Error when the key is another one, or the file was changed
 */
export async function readSealed(path: string, key: string | undefined, sink: Writable): Promise<Written> {
  const meter = new Meter();
  if (key === undefined) {
    await pipeline(createReadStream(path), meter, sink);
    return meter.result();
  }
  const { size } = await stat(path);
  if (size <= nonceBytes + tagBytes) throw new Error(`${path} is not whole`);
  const file = await open(path, "r");
  const edges = Buffer.alloc(nonceBytes + tagBytes);
  try {
    await file.read(edges, 0, nonceBytes, 0);
    await file.read(edges, nonceBytes, tagBytes, Math.max(0, size - tagBytes));
  } finally {
    await file.close();
  }
  const decipher = createDecipheriv(algorithm, Buffer.from(key), edges.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(edges.subarray(nonceBytes));
  const source = createReadStream(path, { start: nonceBytes, end: size - tagBytes - 1 });
  await pipeline(source, decipher, meter, sink);
  return meter.result();
}
