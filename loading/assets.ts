import { createHash } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { Asset, Assets } from "../model/allrisnet/assets.ts";
import { logoProblem, mostLogoBytes } from "../model/allrisnet/logo.ts";

/**
 * What is known of the files of a folder of assets. Each stands in the result, also one that cannot be used:
 * only a tenant file that names it makes that a problem.
 *
 * @returns nothing for a folder that is not there
 * @throws FarmError when the folder is there and cannot be read
 */
export async function loadAssets(folder: string): Promise<Assets> {
  const names = await listAssets(folder);
  const files = await Promise.all(
    names.map(async (name): Promise<readonly [string, Asset]> => [name, await loadAsset(folder, name)]),
  );
  return new Map(files);
}

async function listAssets(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // A named pipe would keep the run waiting for ever.
    const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
    return files.map(({ name }) => name).filter((name) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new FarmError(
      { what: "The assets folder cannot be read", where: folder, why: messageOf(error) },
      { cause: error },
    );
  }
}

async function loadAsset(folder: string, name: string): Promise<Asset> {
  try {
    const bytes = await readStart(join(folder, name), mostLogoBytes + 1);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const problem = logoProblem(name, bytes);
    return problem === undefined ? { sha256 } : { sha256, problem };
  } catch (error) {
    return { sha256: "", problem: `cannot be read: ${messageOf(error)}` };
  }
}

/** The first bytes of a file: whatever lies there by mistake is not taken into memory as a whole. */
async function readStart(path: string, most: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(most);
    let length = 0;
    while (length < most) {
      const { bytesRead } = await file.read(buffer, length, most - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}
