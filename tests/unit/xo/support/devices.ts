import type { Client, Shown } from "./client.ts";

/** Places, cards and disks of a VM or a snapshot, in the order of their places. */
export async function devicesOf(
  client: Client,
  id: string,
): Promise<{ vbds: Shown[]; vifs: Shown[]; vdis: Shown[] }> {
  const vbds = (await client.all("VBD"))
    .filter((vbd) => vbd.VM === id)
    .sort((a, b) => Number(a.position) - Number(b.position));
  const vifs = (await client.all("VIF")).filter((vif) => vif.$VM === id);
  const disks = vbds.map(
    async ({ VDI }) => (await client.call("xo.getAllObjects", { filter: { id: VDI } }))[VDI],
  );
  return { vbds, vifs, vdis: await Promise.all(disks) };
}
