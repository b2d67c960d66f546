import { serve } from "../../../providers/kit/serve.ts";
import { command } from "./provider.ts";

await serve(command);
