/** The bastion as `@pulumi/command` and `xenops` take it. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** One line of an authorized_keys file without the comment. */
  readonly hostKey: string;
}

/** How the operators reach machines. The private key stays in the ssh agent: it is in no argument and no state. */
export interface Access {
  readonly user: string;
  readonly authorizedKeys: readonly string[];
  readonly proxy: Proxy;
}

/** One machine's ssh connection. */
export interface Connection {
  readonly host: string;
  readonly user: string;
  readonly hostKey: string;
  readonly proxy: Proxy;
}
