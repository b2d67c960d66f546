import { join } from "node:path";
import type { Progress } from "./engine-version.ts";
import { unpackDebianPackages } from "./unpacked.ts";

/** Programs of Debian's Prometheus, as paths. */
export interface MonitoringTools {
  /** Folder that stands for the root of the packages. */
  readonly root: string;
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  readonly blackboxExporter: string;
  readonly nodeExporter: string;
}

/** Programs of the monitoring, of the same packages as on its machine, without a service that would be started here. */
export async function monitoringTools(progress: Progress): Promise<MonitoringTools> {
  const packages = [
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-blackbox-exporter",
    "prometheus-node-exporter",
  ];
  const root = await unpackDebianPackages(packages, progress);
  const bin = join(root, "usr/bin");
  return {
    root,
    prometheus: join(bin, "prometheus"),
    promtool: join(bin, "promtool"),
    alertmanager: join(bin, "prometheus-alertmanager"),
    amtool: join(bin, "amtool"),
    blackboxExporter: join(bin, "prometheus-blackbox-exporter"),
    nodeExporter: join(bin, "prometheus-node-exporter"),
  };
}
