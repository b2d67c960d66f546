import { fileURLToPath } from "node:url";

/** The SDK's own frames, and the one line of ours that declares the resource. */
const framesOfDeclaration = 6;

/**
 * The SDK notes in the state where each resource is declared, and takes the file out of a stack frame. Frames
 * of ES modules carry URLs there, which it does not expect: the state would then hold this machine's paths.
 * With plain paths the engine makes them relative to the project. It would note the whole way to that line as
 * well, at each resource; the line itself is enough, and the state of a site is a tenth smaller.
 */
export function usePathsInStackFrames(): void {
  Error.prepareStackTrace = (error, frames) => {
    const [first] = frames;
    const asked =
      first?.getFunctionName() === "callsites" &&
      first.getFileName()?.endsWith("@pulumi/pulumi/resource.js") === true;
    const kept = asked ? frames.slice(0, framesOfDeclaration) : frames;
    const lines = kept.map((frame) => `    at ${String(frame).replace(/file:\/\/[^):]+/, tryPath)}`);
    return [String(error), ...lines].join("\n");
  };
}

function tryPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
