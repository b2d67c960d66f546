import { serve } from "../../../providers/kit/serve.ts";
import { xenorchestra } from "./provider.ts";

await serve(xenorchestra());
