import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import type { Attributes, SFTPWrapper } from "ssh2";
import ssh2 from "ssh2";

const { STATUS_CODE } = ssh2.utils.sftp;

/** Serves what a copy needs on the real file system. */
export function serveSftp(sftp: SFTPWrapper): void {
  const answer = (id: number, work: () => void): void => {
    try {
      work();
      sftp.status(id, STATUS_CODE.OK);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE, String(error));
    }
  };
  const attributesOf = (id: number, path: string): void => {
    try {
      const { mode, uid, gid, size, atimeMs, mtimeMs } = statSync(path);
      sftp.attrs(id, { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 } as Attributes);
    } catch {
      sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    }
  };
  const numbered = (handle: Buffer): number => handle.readUInt32BE(0);
  sftp.on("STAT", attributesOf);
  sftp.on("LSTAT", attributesOf);
  sftp.on("MKDIR", (id, path) => answer(id, () => mkdirSync(path)));
  sftp.on("OPEN", (id, path) => {
    try {
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(openSync(path, "w"));
      sftp.handle(id, handle);
    } catch (error) {
      sftp.status(id, STATUS_CODE.FAILURE, String(error));
    }
  });
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, () => writeSync(numbered(handle), data, 0, data.length, offset)),
  );
  sftp.on("FSETSTAT", (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on("CLOSE", (id, handle) => answer(id, () => closeSync(numbered(handle))));
}
