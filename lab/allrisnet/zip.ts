import { crc32 } from "node:zlib";

/** One file of an archive. */
export interface ZipEntry {
  /** Relative, with slashes. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** 1 January 2020, 00:00, in the format of MS-DOS: the same entries give the same bytes, whenever it is. */
const dosDate = ((2020 - 1980) << 9) | (1 << 5) | 1;
const utf8Names = 0x0800;

/**
 * A zip archive of stored entries, in the given order (APPNOTE 6.3.3, sections 4.3.7, 4.3.12, 4.3.16). Only what a
 * release needs: no compression, so that the bytes do not depend on a library's version, and no ZIP64.
 */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of entries) {
    const name = Buffer.from(path, "utf8");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(utf8Names, 2);
    common.writeUInt16LE(dosDate, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, name, content]);
    const tail = Buffer.alloc(14);
    // Made by UNIX, a plain file that everybody may read.
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, name);
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, listed, Buffer.from("PK\x05\x06", "latin1"), end]);
}
