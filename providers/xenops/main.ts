import { serve } from "../kit/serve.ts";
import { xenops } from "./provider.ts";

await serve(xenops);
