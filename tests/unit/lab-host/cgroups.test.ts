import { describe, expect, test } from "vitest";
import { guestHierarchies, parseHierarchies } from "../../../lab/hypervisor/cgroups.ts";

const hybrid = `25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 25 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
32 30 0:28 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
33 30 0:29 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
34 30 0:30 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
35 30 0:31 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
36 30 0:31 / /elsewhere rw,relatime - cgroup2 cgroup2 rw
`;

describe("control groups", () => {
  test("a machine with both versions: freezer, memory, systemd's tree and the unified one, each once", () => {
    expect(guestHierarchies(parseHierarchies(hybrid)).map(({ mount, version }) => [mount, version])).toEqual([
      ["/sys/fs/cgroup/memory", 1],
      ["/sys/fs/cgroup/freezer", 1],
      ["/sys/fs/cgroup/systemd", 1],
      ["/sys/fs/cgroup/unified", 2],
    ]);
  });

  test("a machine with version 2 alone", () => {
    const text = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    expect(parseHierarchies(text)).toEqual([{ mount: "/sys/fs/cgroup", version: 2, controllers: [] }]);
  });

  test("a machine without any", () => {
    expect(parseHierarchies("25 1 254:0 / / rw - ext4 /dev/vda rw\n")).toEqual([]);
  });
});
