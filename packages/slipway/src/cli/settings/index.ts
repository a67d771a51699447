export { readConfigFile } from "./file.ts";
export { resolve, strayNames } from "./resolve.ts";
export { AUTH_SETTINGS, OBSERVE_SETTINGS, SERVE_SETTINGS } from "./server.ts";
export { optionsOf, type Resolved } from "./setting.ts";
export { printSettings, withoutPassword } from "./show.ts";
