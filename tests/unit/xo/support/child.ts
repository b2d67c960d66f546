import type { AddressInfo } from "node:net";
import { buildSimulator } from "../../../../lab/xo/build.ts";
import { MemoryHypervisor } from "./hypervisor.ts";
import { secrets } from "./start.ts";

/** A simulator in a process of its own, to be killed: `node child.ts <state folder> <compact after>`. */
const [state = "", compactAfter = "4000"] = process.argv.slice(2);
const { server } = await buildSimulator({
  state,
  secrets,
  hypervisor: new MemoryHypervisor(),
  factsInterval: 50,
  compactAfter: Number(compactAfter),
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`{"port":${(server.address() as AddressInfo).port}}\n`);
});
