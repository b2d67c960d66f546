import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { movePool } from "../../../cli/tenant/move-pool.ts";
import { TenantFarm } from "./tenant-farm.ts";

interface Pools {
  readonly pools: { readonly nord: { readonly network: object } } & Record<string, unknown>;
}

/** The lab's settings with a second pool, in a network of its own. */
function withSecondPool(settings: unknown): unknown {
  const { pools, ...rest } = settings as Pools;
  const network = {
    ...pools.nord.network,
    ...{ nameLabel: "Front süd", subnet: "198.18.20.0/24", gateway: "198.18.20.1" },
  };
  return { ...rest, pools: { ...pools, sued: { ...pools.nord, nameLabel: "süd", network } } };
}

let farm: TenantFarm;
beforeEach(async () => {
  farm = await TenantFarm.make(withSecondPool);
});
afterEach(() => farm.remove());

const order = { id: "hohenbrueck", pool: "sued" };

describe("./farm tenant move-pool", () => {
  test("of a VM that is not made yet, or lies there already, writes pool and address", async () => {
    const edited = await movePool(farm, order, async () => []);
    expect(farm.text("hohenbrueck")).toContain('pool: "sued",\n  address: "198.18.20.2",');
    expect("effects" in edited && edited.effects[0]).toMatchObject({
      window: true,
      text: expect.stringContaining("nord → sued"),
    });
    const again = await movePool(farm, { ...order, id: "landkreis-auental" }, async () => ["süd"]);
    expect("after" in again && again.after.address).toBe("198.18.20.3");
  });

  test("of a VM that lies elsewhere writes nothing: it moves first, to the next free address", async () => {
    const before = farm.text("hohenbrueck");
    const found = await movePool(farm, order, async () => ["nord"]);
    expect(found).toEqual({ from: ["nord"], address: "198.18.20.2" });
    expect(farm.text("hohenbrueck")).toBe(before);
  });

  test("an address of another network, and a pool that there is not, are refused", async () => {
    await expect(movePool(farm, { ...order, address: "198.18.10.99" }, async () => [])).rejects.toThrow(
      /must lie in the pool's subnet 198\.18\.20\.0\/24/,
    );
    await expect(movePool(farm, { ...order, pool: "sud" }, async () => [])).rejects.toThrow(
      /did you mean "sued"/,
    );
    farm.remove();
    farm = await TenantFarm.make();
    await expect(movePool(farm, order, async () => [])).rejects.toThrow(
      /add the other pool to the settings first/,
    );
  });
});
