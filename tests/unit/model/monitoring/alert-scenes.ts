import type { Scene } from "./scene.ts";
import { care } from "./scenes-care.ts";
import { figures } from "./scenes-figures.ts";
import { kept } from "./scenes-kept.ts";
import { netapp } from "./scenes-netapp.ts";
import { service, sites } from "./scenes-sites.ts";
import { space } from "./scenes-space.ts";

/** Every alert and level. */
export const scenes: readonly Scene[] = [
  ...sites,
  ...service,
  ...care,
  ...space,
  ...netapp,
  ...figures,
  ...kept,
];
