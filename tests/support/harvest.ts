import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { run } from "../../lib/run.ts";

/** How full a cluster's parts are, in percent. */
export interface Fill {
  readonly cluster: string;
  readonly svm: string;
  /** Of volumes, by name; all on one aggregate. */
  readonly volumes: Readonly<Record<string, number>>;
  /** Of LUNs, by volume and name: "a/lun0". @default - it has none */
  readonly luns?: Readonly<Record<string, number>>;
  readonly aggregate: number;
}

const size = 1_099_511_627_776;

/**
 * What a poller of NetApp Harvest answers to `/metrics`, shaped after its exporter (`cmd/exporters/prometheus`) and
 * its templates `conf/rest/9.14.0/volume.yaml`, `9.12.0/lun.yaml` and `9.12.0/aggr.yaml`. No ONTAP was asked.
 */
export function harvestExposition({ cluster, svm, volumes, luns = {}, aggregate }: Fill): string {
  const all = `datacenter="rz-1",cluster="${cluster}"`;
  const aggr = `${all},aggr="aggr1",node="${cluster}-01"`;
  return [
    `poller_status{poller="${cluster}",version="26.05.0",${all}} 1`,
    `metadata_target_status{addr="10.40.0.60",${all},hostname="harvest",poller="${cluster}",type="cluster",version="26.05.0"} 0`,
    ...Object.entries(volumes).flatMap(([volume, percent]) => {
      const labels = `${aggr},style="flexvol",svm="${svm}",volume="${volume}"`;
      return [
        `volume_labels{${labels},antiRansomwareState="disabled",isEncrypted="true",state="online",type="rw"} 1.0`,
        `volume_new_status{${labels}} 1`,
        `volume_size{${labels}} ${size}`,
        `volume_size_available{${labels}} ${size * (1 - percent / 100)}`,
        `volume_size_total{${labels}} ${size}`,
        `volume_size_used{${labels}} ${(size * percent) / 100}`,
        `volume_size_used_percent{${labels}} ${percent}`,
        `volume_snapshot_reserve_used_percent{${labels}} 12`,
      ];
    }),
    ...Object.entries(luns).flatMap(([path, percent]) => {
      const [volume, lun] = path.split("/");
      const labels = `${all},lun="${lun}",node="${cluster}-01",qtree="",svm="${svm}",volume="${volume}"`;
      return [
        `lun_labels{${labels},serial_hex="6c574253363f52",state="online"} 1.0`,
        `lun_new_status{${labels}} 1`,
        `lun_size{${labels}} ${size}`,
        `lun_size_used{${labels}} ${(size * percent) / 100}`,
        `lun_size_used_percent{${labels}} ${percent}`,
      ];
    }),
    `aggr_labels{${aggr},raid_type="raid_dp",state="online",type="ssd"} 1.0`,
    `aggr_space_available{${aggr}} ${4 * size * (1 - aggregate / 100)}`,
    `aggr_space_total{${aggr}} ${4 * size}`,
    `aggr_space_used{${aggr}} ${(4 * size * aggregate) / 100}`,
    `aggr_space_used_percent{${aggr}} ${aggregate}`,
    "",
  ].join("\n");
}

/** A poller that answers Prometheus. */
export interface Poller {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param folder where its certificate is made, which it then answers under TLS with. @default - in the clear */
export async function startPoller(text: () => string, folder?: string): Promise<Poller> {
  const handle: Parameters<typeof createServer>[1] = (request, response) => {
    response.writeHead(request.url === "/metrics" ? 200 : 404, { "content-type": "text/plain" });
    response.end(request.url === "/metrics" ? text() : "");
  };
  let server: Server;
  if (folder === undefined) server = createServer(handle);
  else {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"];
    const subject = ["-subj", "/CN=harvest", "-addext", "subjectAltName=IP:127.0.0.1"];
    await run("openssl", ["req", "-x509", ...key, ...subject, "-days", "2", "-out", "cert.pem"], {
      cwd: folder,
    });
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    server = createTlsServer({ key: read("key.pem"), cert: read("cert.pem") }, handle);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${folder === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
