/** The mail server that takes what the farm writes to administrations (RFC 6409). */
export interface MailSettings {
  /** Host name or IP address. A lab's letters go only to this machine, to reserved names and to networks that nobody routes. */
  readonly host: string;
  /**
   * TCP port.
   * @default - 587; 465 with security "tls"
   */
  readonly port: number;
  /**
   * "starttls" begins in the clear and goes on only under TLS, "tls" begins under it. "none" is for a lab; production
   * refuses it.
   * @default - "starttls"
   */
  readonly security: "starttls" | "tls" | "none";
  /** Address that the mails come from. Notices about mail that cannot be delivered arrive there. */
  readonly from: string;
  /**
   * User who signs in; goes with `passwordVariable`.
   * @default - nobody signs in
   */
  readonly user?: string;
  /** Environment variable with that user's password. */
  readonly passwordVariable?: string;
  /**
   * File with the certificate (PEM) that the server's own is verified against; relative to the checkout.
   * @default - the system's authorities
   */
  readonly caFile?: string;
}
