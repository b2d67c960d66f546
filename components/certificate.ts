import { OriginCaCertificate } from "@pulumi/cloudflare/originCaCertificate.js";
import { Command } from "@pulumi/command/remote/command.js";
import { Logging } from "@pulumi/command/types/enums/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { canonicalJson } from "../guest/site-values.ts";
import type { FarmError } from "../lib/farm-error.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** The machine orders and renews its own certificate; no renewal ever needs a Pulumi run. */
export interface AcmeIssuer {
  readonly issuer: "acme";
  readonly directory: string;
}

/** Cloudflare signs for its own edge; renewal is a change of `rotation`. */
export interface OriginIssuer {
  readonly issuer: "cloudflare-origin";
  /** Days: 7, 30, 90, 365, 730, 1095 or 5475. */
  readonly validityDays: number;
  /** Counted up to get a new key and certificate. */
  readonly rotation: number;
}

/** The administration delivers chain and key. */
export interface CustomerIssuer {
  readonly issuer: "customer";
  /** PEM, leaf first. */
  readonly chain: string;
  /** PEM. */
  readonly key: pulumi.Output<string>;
}

/** A delivery that is missing or unfit: a certificate that is served already stays, a new one is refused. */
export interface RefusedDelivery {
  readonly issuer: "customer";
  readonly refusal: FarmError;
}

/** What a certificate is made of. */
export interface CertificateArgs {
  readonly machine: VirtualMachine;
  /** The site's names, its own first. */
  readonly names: readonly string[];
  readonly source: AcmeIssuer | OriginIssuer | CustomerIssuer | RefusedDelivery;
  /** What has to be there before the machine gets it. */
  readonly after: readonly pulumi.Resource[];
}

const program = "sudo /usr/local/lib/farm/certificate";

/**
 * A site's TLS certificate, from one of three issuers, served by its machine once the last step is done. Resources
 * below the site rather than a component of their own, as with the roll-out.
 */
export function certify(name: string, args: CertificateArgs, parent: pulumi.Resource): Command {
  const { source } = args;
  const last = { parent, dependsOn: [...args.after] };
  if (source.issuer === "acme") return obtain(name, args, source, last);
  if (source.issuer === "customer") {
    return "refusal" in source ? refuse(name, args, source.refusal, last) : install(name, args, source, last);
  }
  return install(name, args, order(name, args.names, source, parent), last);
}

/** Runs again when a name or the server changes; the machine does nothing while its certificate fits. */
function obtain(
  name: string,
  { machine, names }: CertificateArgs,
  { directory }: AcmeIssuer,
  opts: pulumi.CustomResourceOptions,
): Command {
  return new Command(
    `${name}-certificate`,
    {
      connection: machine.connection,
      create: `${program} obtain`,
      stdin: canonicalJson({ directory, names }),
      addPreviousOutputInEnv: false,
      triggers: [machine.id],
    },
    opts,
  );
}

/** Certificate with its chain, leaf first, and its key; both PEM. */
interface Delivery {
  readonly chain: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
}

function install(
  name: string,
  { machine }: CertificateArgs,
  { chain, key }: Delivery,
  opts: pulumi.CustomResourceOptions,
): Command {
  return new Command(
    `${name}-certificate`,
    {
      connection: machine.connection,
      create: `${program} install`,
      // Standard input is the one channel that shows in no process list and no log of the machine.
      stdin: pulumi.secret(pulumi.all([chain, key]).apply(([c, k]) => canonicalJson({ chain: c, key: k }))),
      logging: Logging.None,
      addPreviousOutputInEnv: false,
      triggers: [machine.id],
    },
    opts,
  );
}

/** What stands in the state stays as it is; only a machine that has no certificate yet fails. */
function refuse(
  name: string,
  args: CertificateArgs,
  refusal: FarmError,
  opts: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
): Command {
  void pulumi.log.warn(refusal.message, opts.parent);
  const throwing = new pulumi.ResourceHook(
    `${name}-certificate refused`,
    () => {
      throw refusal;
    },
    { onDryRun: true },
  );
  return install(
    name,
    args,
    { chain: "", key: "" },
    { ...opts, ignoreChanges: ["stdin"], hooks: { beforeCreate: [throwing] } },
  );
}

/** Key and certificate carry the rotation in their names: a new one is served before the old is revoked. */
function order(
  name: string,
  names: readonly string[],
  { rotation, validityDays }: OriginIssuer,
  parent: pulumi.Resource,
): Delivery {
  const opts = { parent };
  const turn = `r${rotation}`;
  const key = new PrivateKey(`${name}-key-${turn}`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
  const request = new CertRequest(
    `${name}-request-${turn}`,
    { privateKeyPem: key.privateKeyPem, dnsNames: [...names], subject: { commonName: names[0] ?? "" } },
    opts,
  );
  const certificate = new OriginCaCertificate(
    `${name}-origin-${turn}`,
    {
      csr: request.certRequestPem,
      // The list is ordered at Cloudflare: any other order than the sorted one would show as a change.
      hostnames: [...names].sort(),
      requestType: "origin-ecc",
      requestedValidity: validityDays,
    },
    opts,
  );
  return { chain: certificate.certificate, key: key.privateKeyPem };
}
