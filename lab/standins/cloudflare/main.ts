import { serve } from "../../../providers/kit/serve.ts";
import { cloudflare } from "./provider.ts";

await serve(cloudflare());
