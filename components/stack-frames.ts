import { fileURLToPath } from "node:url";

/**
 * The SDK notes in the state where each resource is declared, and takes the file out of a stack frame. Frames
 * of ES modules carry URLs there, which it does not expect: the state would then hold this machine's paths.
 * With plain paths the engine makes them relative to the project.
 */
export function usePathsInStackFrames(): void {
  Error.prepareStackTrace = (error, frames) =>
    [
      String(error),
      ...frames.map((frame) => `    at ${String(frame).replace(/file:\/\/[^):]+/, tryPath)}`),
    ].join("\n");
}

function tryPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
