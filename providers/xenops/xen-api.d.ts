// The package comes without types; these are of the part that is used here (xen-api 4.7.6).
declare module "xen-api" {
  interface Options {
    readonly url: string;
    readonly auth: { readonly user: string; readonly password: string };
    readonly allowUnauthorized: boolean;
    readonly watchEvents: false;
    /** Milliseconds. */
    readonly callTimeout: number;
    readonly roCallRetryOptions: { readonly tries: number };
  }

  export class Xapi {
    constructor(options: Options);
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  }
}
