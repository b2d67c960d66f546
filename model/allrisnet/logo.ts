import { svgProblem } from "./svg.ts";

/** Most bytes of a logo: 200 KiB. */
export const mostLogoBytes: number = 200 * 1024;

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Why a file of `assets/` cannot be a logo, as the end of a sentence that begins with it; undefined when it can. */
export function logoProblem(file: string, bytes: Uint8Array): string | undefined {
  if (bytes.length > mostLogoBytes) {
    return `has ${Math.ceil(bytes.length / 1024)} KiB; a logo has at most 200 KiB`;
  }
  if (file.endsWith(".png")) {
    return pngStart.every((byte, at) => bytes[at] === byte) ? undefined : "is no PNG picture";
  }
  try {
    return svgProblem(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return "is no SVG picture in UTF-8";
  }
}
