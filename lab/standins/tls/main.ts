import { serve } from "../../../providers/kit/serve.ts";
import { tls } from "./provider.ts";

await serve(tls);
