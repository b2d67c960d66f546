import { FarmError, messageOf } from "../lib/farm-error.ts";
import { capturePulumi } from "./pulumi.ts";

/**
 * The machines' ssh host keys that a stack has pinned, by administration.
 * @throws FarmError when the stack's state cannot be read
 */
export async function pinnedHostKeys(stack: string): Promise<ReadonlyMap<string, string>> {
  const exported = await capturePulumi(["stack", "export", "-s", stack]);
  if (exported.code !== 0) {
    throw new FarmError({
      what: `The state of the stack ${stack} cannot be read`,
      why: messageOf(exported.stderr.trim()),
      next: "bring the stack up first: ./farm pulumi up",
    });
  }
  const { deployment } = JSON.parse(exported.stdout) as {
    deployment?: { resources?: { type: string; urn: string; outputs?: { publicKey?: string } }[] };
  };
  const keys = (deployment?.resources ?? []).flatMap(({ type, urn, outputs }) => {
    const key = outputs?.publicKey;
    const id = urn.slice(urn.lastIndexOf("::") + 2).replace(/-host-key$/, "");
    return type === "xenops:index:SshHostKey" && key !== undefined ? [[id, key] as const] : [];
  });
  return new Map(keys);
}
