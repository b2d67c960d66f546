import { bad, good, type Parsed } from "./value.ts";

const unitBytes = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const pattern = /^(\d{1,9}(?:\.\d{1,3})?) ?(MiB|GiB|TiB)$/;

/**
 * Bytes of a size such as "2 GiB", "512 MiB" or "1.5 TiB". Only the binary units are known: "GB" means
 * 10^9 to some tools and 2^30 to others.
 */
export function parseSize(text: string): Parsed<number> {
  const match = pattern.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    const decimal = /^(\d{1,9}) ?([KMGT])B$/i.exec(text);
    return bad(
      'must be a size with a binary unit: "512 MiB", "2 GiB", "1 TiB"',
      decimal ? `write "${decimal[1]} ${decimal[2]?.toUpperCase()}iB"` : undefined,
    );
  }
  const bytes = Number(match[1]) * unitBytes[match[2] as keyof typeof unitBytes];
  if (!Number.isInteger(bytes) || bytes % unitBytes.MiB !== 0) return bad("must be a whole number of MiB");
  return good(bytes);
}

/** A size as a person writes it, in the largest unit that needs no fraction: 2147483648 → "2 GiB". */
export function formatSize(bytes: number): string {
  for (const unit of ["TiB", "GiB", "MiB"] as const) {
    if (bytes >= unitBytes[unit] && bytes % unitBytes[unit] === 0)
      return `${bytes / unitBytes[unit]} ${unit}`;
  }
  return `${bytes} bytes`;
}
