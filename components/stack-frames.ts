/**
 * The SDK notes in the state where each resource is declared, and the whole way to that line, twice at each
 * resource. Nothing of the farm reads it, the type of a resource leads to the one component that declares it, and a
 * site's state is a twentieth smaller without. It also spares the state this machine's paths: frames of ES modules
 * carry URLs, which the SDK does not expect. Its only way to ask is the stack of an error that it makes for it.
 */
export function leaveStackFramesOut(): void {
  Error.prepareStackTrace = (error, frames) => {
    const [first] = frames;
    const asked =
      first?.getFunctionName() === "callsites" &&
      first.getFileName()?.endsWith("@pulumi/pulumi/resource.js") === true;
    const lines = (asked ? [] : frames).map((frame) => `    at ${String(frame)}`);
    return [String(error), ...lines].join("\n");
  };
}
