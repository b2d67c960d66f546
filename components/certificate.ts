import { OriginCaCertificate } from "@pulumi/cloudflare/originCaCertificate.js";
import { Command } from "@pulumi/command/remote/command.js";
import { Logging } from "@pulumi/command/types/enums/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { canonicalJson } from "../guest/site-values.ts";
import type { FarmError } from "../lib/farm-error.ts";
import { FarmComponent } from "./farm-component.ts";
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

/** A site's TLS certificate, from one of three issuers, served by its machine once this exists. */
export class Certificate extends FarmComponent {
  /** The last step: when it is done the site answers over HTTPS. */
  readonly served: Command;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("site:Certificate", name, opts);
    const { source, machine } = args;
    const last = { parent: this, deletedWith: machine.vm, dependsOn: [...args.after] };
    if (source.issuer === "acme") {
      this.served = this.#obtain(args, source, last);
    } else if (source.issuer === "cloudflare-origin") {
      const { chain, key } = this.#order(args.names, source);
      this.served = this.#install(args, chain, key, last);
    } else if ("refusal" in source) {
      this.served = this.#refuse(args, source.refusal, last);
    } else {
      this.served = this.#install(args, source.chain, source.key, last);
    }
    this.registerOutputs({});
  }

  /** Runs again when a name or the server changes; the machine does nothing while its certificate fits. */
  #obtain(args: CertificateArgs, source: AcmeIssuer, opts: pulumi.CustomResourceOptions): Command {
    return new Command(
      this.child("certificate"),
      {
        connection: args.machine.connection,
        create: `${program} obtain`,
        stdin: canonicalJson({ directory: source.directory, names: args.names }),
        addPreviousOutputInEnv: false,
        triggers: [args.machine.id],
      },
      opts,
    );
  }

  #install(
    args: CertificateArgs,
    chain: pulumi.Input<string>,
    key: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
  ): Command {
    return new Command(
      this.child("certificate"),
      {
        connection: args.machine.connection,
        create: `${program} install`,
        // Standard input is the one channel that shows in no process list and no log of the machine.
        stdin: pulumi.secret(pulumi.all([chain, key]).apply(([c, k]) => canonicalJson({ chain: c, key: k }))),
        logging: Logging.None,
        addPreviousOutputInEnv: false,
        triggers: [args.machine.id],
      },
      opts,
    );
  }

  /** What stands in the state stays as it is; only a machine that has no certificate yet fails. */
  #refuse(args: CertificateArgs, refusal: FarmError, opts: pulumi.CustomResourceOptions): Command {
    void pulumi.log.warn(refusal.message, this);
    const throwing = new pulumi.ResourceHook(
      `${this.child("certificate")} refused`,
      () => {
        throw refusal;
      },
      { onDryRun: true },
    );
    return this.#install(args, "", "", {
      ...opts,
      ignoreChanges: ["stdin"],
      hooks: { beforeCreate: [throwing] },
    });
  }

  /** Key and certificate carry the rotation in their names: a new one is served before the old is revoked. */
  #order(
    names: readonly string[],
    source: OriginIssuer,
  ): { readonly chain: pulumi.Output<string>; readonly key: pulumi.Output<string> } {
    const opts = { parent: this };
    const turn = `r${source.rotation}`;
    const key = new PrivateKey(this.child(`key-${turn}`), { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
    const request = new CertRequest(
      this.child(`request-${turn}`),
      { privateKeyPem: key.privateKeyPem, dnsNames: [...names], subject: { commonName: names[0] ?? "" } },
      opts,
    );
    const certificate = new OriginCaCertificate(
      this.child(`origin-${turn}`),
      {
        csr: request.certRequestPem,
        // The list is ordered at Cloudflare: any other order than the sorted one would show as a change.
        hostnames: [...names].sort(),
        requestType: "origin-ecc",
        requestedValidity: source.validityDays,
      },
      opts,
    );
    return { chain: certificate.certificate, key: key.privateKeyPem };
  }
}
