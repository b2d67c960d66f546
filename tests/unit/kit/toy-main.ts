import { serve } from "../../../providers/kit/serve.ts";
import { Shelf, toyProvider } from "./toy.ts";

await serve(toyProvider(new Shelf("shelf")));
